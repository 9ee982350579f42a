/**
 * The names that a path in an archive consists of; null for one that is no path below it. `.` and `..` would lead a URL
 * to another call of GitLab's API.
 */
export function artifactPath(text: string): readonly string[] | null {
  const names = text.split('/');
  const isName = (name: string): boolean => name !== '' && !/^\.{1,2}$|\p{Cc}/u.test(name);
  return text.isWellFormed() && names.every(isName) ? names : null;
}
