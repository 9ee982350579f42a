/** A branch or tag as pipelines name it: `main` for `refs/heads/main`. */
export const shortRef = (ref: string): string => ref.replace(/^refs\/(?:heads|tags)\//, '');

/** Whether two refs are the same, in their short or their full form. */
export const isSameRef = (one: string, other: string): boolean => shortRef(one) === shortRef(other);
