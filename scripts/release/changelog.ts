const headingOf = (version: string): RegExp =>
  new RegExp(String.raw`^## ${version.replaceAll('.', String.raw`\.`)} .*$`, 'm');

/**
 * A changelog whose newest section, `## x.y.z (unreleased)`, is that of a release.
 * @param day as 2026-12-31
 * @throws Error when there is no unreleased section
 */
export function withRelease(changelog: string, version: string, day: string): string {
  const unreleased = /^## \S+ \(unreleased\)$/m;
  if (!unreleased.test(changelog))
    throw new Error('CHANGELOG.md: there is no section `## x.y.z (unreleased)`');
  return changelog.replace(unreleased, `## ${version} (${day})`);
}

/** The section of a version, without its heading. @throws Error when there is none, or it is empty */
export function releaseNotes(changelog: string, version: string): string {
  const heading = headingOf(version).exec(changelog);
  if (heading === null) throw new Error(`CHANGELOG.md: there is no section of ${version}`);
  const rest = changelog.slice(heading.index + heading[0].length);
  const [notes = ''] = rest.split(/^## /m);
  if (notes.trim() === '') throw new Error(`CHANGELOG.md: the section of ${version} is empty`);
  return `${notes.trim()}\n`;
}
