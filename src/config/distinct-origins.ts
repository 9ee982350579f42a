import { originOf } from '../domain/webhook-trust.ts';

/** Digits that could as well begin the id of a project. */
const digitsOfId = /^[1-9]\d*$/;

const runsInto = (one: string, other: string): boolean =>
  other.startsWith(one) && digitsOfId.test(other.slice(one.length));

/**
 * The first two of these GitLabs in which two projects would have one secret for their hooks: it is made of the origin
 * and, right behind it, the project's id. So of 25 at `https://10.0.0.1` and 5 at `https://10.0.0.12`, and of two
 * GitLabs below different paths of one host.
 * @param gitlabUrls base URLs
 */
export function sharingSecrets(gitlabUrls: readonly string[]): readonly [string, string] | null {
  const distinct = [...new Set(gitlabUrls)];
  for (const [index, url] of distinct.entries()) {
    const other = distinct.slice(index + 1).find((each) => haveOneSecret(url, each));
    if (other !== undefined) return [url, other];
  }
  return null;
}

function haveOneSecret(url: string, otherUrl: string): boolean {
  const [origin, other] = [originOf(url), originOf(otherUrl)];
  if (origin === null || other === null) return false;
  return origin === other || runsInto(origin, other) || runsInto(other, origin);
}
