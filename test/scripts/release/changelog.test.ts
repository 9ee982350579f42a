import { expect, test } from 'vitest';
import { releaseNotes, withRelease } from '../../../scripts/release/changelog.ts';

const changelog = '# Changelog\n\n## 1.2.0 (unreleased)\n\nNew.\n\n## 1.1.0 (2026-01-02)\n\nOld.\n';

test('the unreleased section becomes that of the release, and no other changes', () => {
  expect(withRelease(changelog, '1.2.0', '2026-12-31')).toBe(
    '# Changelog\n\n## 1.2.0 (2026-12-31)\n\nNew.\n\n## 1.1.0 (2026-01-02)\n\nOld.\n',
  );
});

test('a changelog without an unreleased section is refused', () => {
  const released = withRelease(changelog, '1.2.0', '2026-12-31');
  expect(() => withRelease(released, '1.3.0', '2027-01-01')).toThrow('there is no section');
});

test('the notes are the section of the version alone', () => {
  expect(releaseNotes(changelog, '1.2.0')).toBe('New.\n');
  expect(releaseNotes(changelog, '1.1.0')).toBe('Old.\n');
  expect(() => releaseNotes(changelog, '1.1')).toThrow('no section of 1.1');
  expect(() => releaseNotes('## 1.0.0 (x)\n\n## 0.9.0 (y)\n', '1.0.0')).toThrow('empty');
});
