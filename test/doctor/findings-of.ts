import type { DoctorFinding } from '../../src/domain/doctor-finding.ts';

/** Findings in short: `secret_weak ADMIN_TOKEN`. */
export const findingsOf = (findings: readonly DoctorFinding[]): readonly string[] =>
  findings.map(({ code, subject }) => `${code} ${subject}`);

/** A secret that nobody guesses, one for each letter. */
export const strong = (letter: string): string => `${letter}0123456789abcdef0123456789abcdef`;

/** Settings that nothing is wrong with, but that hooks are not signed. */
export const sound = {
  GITLAB_TOKEN: 'glpat-1',
  ADMIN_TOKEN: strong('a'),
  WEBHOOK_SECRET: strong('b'),
  ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
} as const;
