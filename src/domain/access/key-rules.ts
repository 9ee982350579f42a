/** What a text has to satisfy, and how the error message says it. */
export interface KeyRule {
  readonly accepts: (text: string) => boolean;
  readonly expected: string;
}

/** Of callers that are no key. */
const taken: readonly string[] = ['admin', 'local'];

/** The name of a key: triggers, the log and the audit log show it, and nobody is to take it for somebody else. */
export const keyName: KeyRule = {
  accepts: (text) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text) && !taken.includes(text.toLowerCase()),
  expected: `up to 63 letters, digits, dots, dashes and underscores, and not ${taken.join(' or ')}`,
};

/** A pattern of project paths, or a project's id. GitLab's paths are of no other characters. */
export const projectPattern: KeyRule = {
  accepts: (text) => /^[\w.*-]+(?:\/[\w.*-]+)*$/.test(text),
  expected: 'a path as GitLab shows it, with stars: group/app, group/*, group/**',
};
