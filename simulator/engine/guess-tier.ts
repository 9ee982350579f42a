/** What GitLab takes for the tier of an environment that names none. Source: GitLab app/models/environment.rb, guess_tier */
export function guessTier(name: string): string {
  const rules: readonly [RegExp, string][] = [
    [/dev|review|trunk/i, 'development'],
    [/test|tst|int|ac(ce|)pt|qa|qc|control|quality/i, 'testing'],
    [/st(a|)g|mod(e|)l|pre|demo|non/i, 'staging'],
    [/pr(o|)d|live/i, 'production'],
  ];
  return rules.find(([pattern]) => pattern.test(name))?.[1] ?? 'other';
}
