/**
 * A ref as GitLab's lists and hooks name it: `refs/heads/main` and `refs/tags/v1` by their short names. Others, such as
 * those of merge requests, have none.
 */
export const shortRef = (ref: string): string => ref.replace(/^refs\/(?:heads|tags)\//, '');

/** Whether both name the same branch or tag, in either form; which of the two kinds a short name does not say. */
export const isSameRef = (one: string, other: string): boolean => shortRef(one) === shortRef(other);

/** The forms in which a request may name the ref. */
export function formsOfRef(ref: string): readonly string[] {
  const short = shortRef(ref);
  return [short, `refs/heads/${short}`, `refs/tags/${short}`];
}
