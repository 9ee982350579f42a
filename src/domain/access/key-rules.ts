/** A condition on a text, and its wording in an error message. */
export interface KeyRule {
  readonly accepts: (text: string) => boolean;
  readonly expected: string;
}

/** Names of callers that are not keys. */
const taken: readonly string[] = ['admin', 'local'];

/** The name of a key: triggers, the log and the audit log show it, so it must not look like another caller's name. */
export const keyName: KeyRule = {
  accepts: (text) => /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text) && !taken.includes(text.toLowerCase()),
  expected: `up to 63 letters, digits, dots, dashes and underscores, and not ${taken.join(' or ')}`,
};

/** A pattern of project paths, or a project's id. GitLab's paths have no other characters. */
export const projectPattern: KeyRule = {
  accepts: (text) => /^[\w.*-]+(?:\/[\w.*-]+)*$/.test(text),
  expected: 'a path as GitLab shows it, with stars: group/app, group/*, group/**',
};
