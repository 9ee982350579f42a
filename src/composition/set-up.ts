import { randomBytes } from 'node:crypto';
import { closeSync, fchmodSync, fsyncSync, openSync, unlinkSync, writeSync } from 'node:fs';
import type { SetUp, SetUpOrder } from '../cli/admin/context.ts';
import { environment } from '../config/environment.ts';
import { ConfigError } from '../config/startup-errors.ts';
import { checkGitLab } from '../doctor/check-gitlab.ts';
import { readAccount } from '../doctor/read-account.ts';
import { AppError } from '../domain/error.ts';
import { keepsGitLabAway } from '../domain/doctor-finding.ts';
import { checkRights } from '../domain/token-rights.ts';
import { timeOfDay } from '../platform/clock.ts';

/** As `openssl rand -hex 24` prints. */
const newSecret = (): string => randomBytes(24).toString('hex');

/** @throws ConfigError naming the setting that is wrong, without its value */
function checked({ gitlabUrl, gitlabToken, publicUrl }: SetUpOrder) {
  const { data, error } = environment
    .pick({ GITLAB_URL: true, GITLAB_TOKEN: true, PUBLIC_URL: true })
    .required({ GITLAB_TOKEN: true })
    .safeParse({
      GITLAB_URL: gitlabUrl,
      GITLAB_TOKEN: gitlabToken,
      ...(publicUrl === null ? {} : { PUBLIC_URL: publicUrl }),
    });
  if (error !== undefined)
    throw new ConfigError(error.issues.map(({ path: [name], message }) => `${String(name)}: ${message}`));
  return data;
}

/**
 * Checks a GitLab and a token there, and writes them to a new file of settings, with secrets made for it. Without a
 * GitLab that takes the token nothing is written.
 * @throws ConfigError, AppError
 */
export async function setUp(order: SetUpOrder): Promise<SetUp> {
  const { GITLAB_URL: gitlabUrl, GITLAB_TOKEN: gitlabToken, PUBLIC_URL: publicUrl } = checked(order);
  const found = await checkGitLab({ gitlabUrl, gitlabToken }, timeOfDay);
  const obstacle = found.find((each) => keepsGitLabAway(each) || each.code === 'gitlab_unreachable');
  if (obstacle?.code === 'gitlab_unreachable')
    throw new ConfigError([`${obstacle.subject}: ${obstacle.problem}; nothing was written`]);
  if (obstacle !== undefined)
    throw new AppError('invalid', `${obstacle.subject}: ${obstacle.problem}; nothing was written`);
  const account = await readAccount({ gitlabUrl, gitlabToken });
  const admin = newSecret();
  writeNew(order.file, {
    GITLAB_URL: gitlabUrl,
    GITLAB_TOKEN: gitlabToken,
    ...(publicUrl === undefined ? {} : { PUBLIC_URL: publicUrl }),
    WEBHOOK_SECRET: newSecret(),
    ADMIN_TOKEN: admin,
    PIPELINE_TRIGGER_TOKEN: admin,
  });
  return {
    file: order.file,
    gitlabUrl,
    account,
    findings: [...found, ...(account === null ? [] : checkRights(account))],
  };
}

/** Only for its owner, whatever the umask. @throws AppError when there is such a file */
function writeNew(file: string, settings: Readonly<Record<string, string>>): void {
  const text = Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
  const handle = open(file);
  try {
    fchmodSync(handle, 0o600);
    writeSync(handle, text);
    fsyncSync(handle);
  } catch (error) {
    unlinkSync(file);
    throw error;
  } finally {
    closeSync(handle);
  }
}

function open(file: string): number {
  try {
    return openSync(file, 'wx', 0o600);
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new AppError(
      'invalid',
      code === 'EEXIST'
        ? `${file} is there already, and is not overwritten`
        : `${file} cannot be written (${code})`,
    );
  }
}
