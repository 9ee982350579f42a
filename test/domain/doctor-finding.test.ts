import { expect, test } from 'vitest';
import type { DoctorFindingCode } from '../../src/domain/doctor-finding.ts';
import {
  doctorFinding,
  doctorFindings,
  keepsGitLabAway,
  stopsTheStart,
} from '../../src/domain/doctor-finding.ts';

const all = (Object.keys(doctorFindings) as DoctorFindingCode[]).map((code) =>
  doctorFinding(code, 'subject', 'problem', 'remedy'),
);
const codesOf = (found: typeof all): readonly string[] => found.map(({ code }) => code);

test('a finding has the severity of its kind', () => {
  expect(doctorFinding('disk_low', 'the disk', 'it is full', 'make room')).toEqual({
    code: 'disk_low',
    severity: 'warning',
    subject: 'the disk',
    problem: 'it is full',
    remedy: 'make room',
  });
});

test('GitLab refuses everything to a token that is wrong, expired or too narrow, and to an address that is none', () => {
  expect(codesOf(all.filter(keepsGitLabAway))).toEqual([
    'gitlab_unusable',
    'token_refused',
    'token_expired',
    'token_scope_missing',
  ]);
});

test('the service does not start with a wrong setting', () => {
  expect(codesOf(all.filter(stopsTheStart))).toEqual(['setting_wrong', 'start_refused']);
});

test('what stops the start or keeps GitLab away is an error', () => {
  for (const finding of all)
    if (stopsTheStart(finding) || keepsGitLabAway(finding)) expect(finding.severity).toBe('error');
});
