import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readConfig } from '../../src/config/config.ts';
import { secretNames, settingNames } from '../../src/config/environment.ts';
import { makeTemporaryDirectory } from '../support/temporary-directory.ts';

const isSetting = (name: string): boolean =>
  settingNames.includes(name) || secretNames.some((secret) => name === `${secret}_FILE`);

/** What the service makes of an environment in which secrets lie in files, each with its own name in it. */
export function readDeployed(env: Readonly<Record<string, string>>) {
  const directory = makeTemporaryDirectory();
  try {
    const placed = Object.entries(env).map(([name, value]) => {
      if (!name.endsWith('_FILE')) return [name, value] as const;
      const file = path.join(directory.path, value);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, path.basename(value));
      return [name, file] as const;
    });
    const unknown = Object.keys(env).filter((name) => !isSetting(name));
    return { config: readConfig(Object.fromEntries(placed)), unknown };
  } finally {
    directory.remove();
  }
}

/** That the secrets are where the examples put them. */
export const itsSecrets = {
  gitlabToken: 'gitlab-token',
  webhookSecrets: ['webhook-secret'],
  adminToken: 'admin-token',
};
