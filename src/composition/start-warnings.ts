import type { Log } from '../app/ports/index.ts';
import type { Config } from '../config/config.ts';
import { checkGitLab } from '../doctor/check-gitlab.ts';
import type { DoctorFinding } from '../domain/doctor-finding.ts';
import { keepsGitLabAway } from '../domain/doctor-finding.ts';

/** Problems found at the start that keep GitLab from working with the service, one sentence each. */
export interface StartWarnings {
  readonly list: () => readonly string[];
  /** Asks GitLab once about the token. Only a permanent failure is a warning; never throws. */
  readonly check: (config: Pick<Config, 'gitlabUrl' | 'gitlabToken'>, signal: AbortSignal) => Promise<void>;
}

export function createStartWarnings({ log, now }: { log: Log; now: () => number }): StartWarnings {
  let warnings: readonly string[] = [];
  return {
    list: () => warnings,
    async check(config, signal) {
      const found = (await checkGitLab(config, now).catch(() => [])).filter(keepsGitLabAway);
      const [first] = found;
      if (first === undefined || signal.aborted) return;
      warnings = found.map(({ subject, problem, remedy }) => `${subject}: ${problem}; ${remedy}`);
      log.warn(
        { finding: first.code, reason: warnings.join('; ') },
        'GitLab does not work with these settings',
      );
    },
  };
}

/** Logs the doctor's findings about the settings, for operators who never run the doctor. */
export function logSettings(findings: readonly DoctorFinding[], log: Log): void {
  for (const { code, severity, subject, problem, remedy } of findings)
    log[severity === 'note' ? 'info' : 'warn']({ finding: code, remedy }, `${subject}: ${problem}`);
}
