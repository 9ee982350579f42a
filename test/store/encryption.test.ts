import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { EncryptionContext } from '../../src/store/encryption.ts';
import { createEncryption } from '../../src/store/encryption.ts';

const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
const here: EncryptionContext = { table: 'Trigger', column: 'secrets', id: 'trg_1' };

test.each(['', 'glpat-canary', 'ü\n&=\u0000', 'x'.repeat(100_000)])('opens what it closed', (plain) => {
  const encryption = createEncryption([newKey]);
  const encrypted = encryption.encrypt(plain, here);
  expect(encryption.decrypt(encrypted, here)).toBe(plain);
  if (plain !== '') expect(Buffer.from(encrypted, 'base64').includes(plain)).toBe(false);
});

test('opens what an earlier version has stored: nonce of 12 bytes, tag of 16, text', () => {
  const stored = 'A40H3ztUj2oicDSQWraptptfKRbGl051eYEHQ9BF+KJ5';
  expect(createEncryption([Buffer.alloc(32, 7)]).decrypt(stored, here)).toBe('token');
  expect(Buffer.from(stored, 'base64')).toHaveLength(12 + 16 + 'token'.length);
});

test('never closes the same twice alike', () => {
  const encryption = createEncryption([newKey]);
  expect(encryption.encrypt('token', here)).not.toBe(encryption.encrypt('token', here));
});

test('while keys rotate the first one writes and all of them read', () => {
  const before = createEncryption([oldKey]).encrypt('token', here);
  const rotating = createEncryption([newKey, oldKey]);
  expect(rotating.decrypt(before, here)).toBe('token');
  expect(createEncryption([newKey]).decrypt(rotating.encrypt('token', here), here)).toBe('token');
});

test('does not open with another key, nor what was changed', () => {
  const encrypted = createEncryption([oldKey]).encrypt('token', here);
  expect(() => createEncryption([newKey]).decrypt(encrypted, here)).toThrow('no encryption key fits');
  const bytes = Buffer.from(encrypted, 'base64');
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  expect(() => createEncryption([oldKey]).decrypt(bytes.toString('base64'), here)).toThrow(
    'no encryption key fits',
  );
});

test.each<Partial<EncryptionContext>>([
  { id: 'trg_2' },
  { table: 'Callback' },
  { column: 'url' },
  { id: 'trg_1","secrets' },
])('does not open, nor renew, at another place than it was closed for: %o', (other) => {
  const encrypted = createEncryption([oldKey]).encrypt('token', here);
  expect(() => createEncryption([oldKey]).decrypt(encrypted, { ...here, ...other })).toThrow(
    'no encryption key fits',
  );
  const rotating = createEncryption([newKey, oldKey]);
  expect(() => rotating.renew(encrypted, { ...here, ...other })).toThrow('no encryption key fits');
});

test('is renewed once, by the key that writes now', () => {
  const before = createEncryption([oldKey]).encrypt('token', here);
  const after = createEncryption([newKey, oldKey]).renew(before, here) ?? '';
  expect(createEncryption([newKey]).decrypt(after, here)).toBe('token');
  expect(createEncryption([newKey, oldKey]).renew(after, here)).toBeNull();
  expect(() => createEncryption([newKey]).renew(before, here)).toThrow('no encryption key fits');
});
