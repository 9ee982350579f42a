import { expect, test } from 'vitest';
import { sign } from '../../../simulator/hooks/sign.ts';

/** Computed from the algorithm in GitLab's documentation, doc/user/project/integrations/webhooks.md. */
test.each([
  [
    'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
    'f5e5f430-f57b-4e6e-9fac-d9128cd7232f',
    '1744578123',
    '{"object_kind":"pipeline","object_attributes":{"id":31,"status":"success"}}',
    'v1,DEtxcT3GzMWa6f8pmylvA3hPro7lJb4ndJqpJmhvG1s=',
  ],
  [
    'whsec_//////////////////////////////////////////8=',
    '00000000-0000-4000-8000-000000000001',
    '1780000000',
    '{"message":"héllo 世界","n":1.0}',
    'v1,XME2KlRojJOj2HjydP9P3NfQhcs4SgknHh2bNXEE3aQ=',
  ],
])('%s', (token, id, timestamp, body, signature) => {
  expect(sign(token, id, timestamp, body)).toBe(signature);
});
