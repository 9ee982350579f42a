import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createEncryption } from '../../src/store/encryption.ts';

const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];

test.each(['', 'glpat-canary', 'ü\n&=\u0000', 'x'.repeat(100_000)])('opens what it closed', (plain) => {
  const encryption = createEncryption([newKey]);
  const encrypted = encryption.encrypt(plain);
  expect(encryption.decrypt(encrypted)).toBe(plain);
  if (plain !== '') expect(Buffer.from(encrypted, 'base64').includes(plain)).toBe(false);
});

test('never closes the same twice alike', () => {
  const encryption = createEncryption([newKey]);
  expect(encryption.encrypt('token')).not.toBe(encryption.encrypt('token'));
});

test('while keys rotate the first one writes and all of them read', () => {
  const before = createEncryption([oldKey]).encrypt('token');
  const rotating = createEncryption([newKey, oldKey]);
  expect(rotating.decrypt(before)).toBe('token');
  expect(createEncryption([newKey]).decrypt(rotating.encrypt('token'))).toBe('token');
});

test('does not open with another key, nor what was changed', () => {
  const encrypted = createEncryption([oldKey]).encrypt('token');
  expect(() => createEncryption([newKey]).decrypt(encrypted)).toThrow('no encryption key fits');
  const bytes = Buffer.from(encrypted, 'base64');
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  expect(() => createEncryption([oldKey]).decrypt(bytes.toString('base64'))).toThrow(
    'no encryption key fits',
  );
});

test('is renewed once, by the key that writes now', () => {
  const before = createEncryption([oldKey]).encrypt('token');
  const after = createEncryption([newKey, oldKey]).renew(before) ?? '';
  expect(createEncryption([newKey]).decrypt(after)).toBe('token');
  expect(createEncryption([newKey, oldKey]).renew(after)).toBeNull();
  expect(() => createEncryption([newKey]).renew(before)).toThrow('no encryption key fits');
});
