import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createSeal } from '../../src/store/encryption.ts';

const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];

test.each(['', 'glpat-canary', 'ü\n&=\u0000', 'x'.repeat(100_000)])('opens what it closed', (plain) => {
  const seal = createSeal([newKey]);
  const sealed = seal.close(plain);
  expect(seal.open(sealed)).toBe(plain);
  if (plain !== '') expect(Buffer.from(sealed, 'base64').includes(plain)).toBe(false);
});

test('never closes the same twice alike', () => {
  const seal = createSeal([newKey]);
  expect(seal.close('token')).not.toBe(seal.close('token'));
});

test('while keys rotate the first one writes and all of them read', () => {
  const before = createSeal([oldKey]).close('token');
  const rotating = createSeal([newKey, oldKey]);
  expect(rotating.open(before)).toBe('token');
  expect(createSeal([newKey]).open(rotating.close('token'))).toBe('token');
});

test('does not open with another key, nor what was changed', () => {
  const sealed = createSeal([oldKey]).close('token');
  expect(() => createSeal([newKey]).open(sealed)).toThrow('no encryption key fits');
  const bytes = Buffer.from(sealed, 'base64');
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  expect(() => createSeal([oldKey]).open(bytes.toString('base64'))).toThrow('no encryption key fits');
});

test('is renewed once, by the key that writes now', () => {
  const before = createSeal([oldKey]).close('token');
  const after = createSeal([newKey, oldKey]).renew(before) ?? '';
  expect(createSeal([newKey]).open(after)).toBe('token');
  expect(createSeal([newKey, oldKey]).renew(after)).toBeNull();
  expect(() => createSeal([newKey]).renew(before)).toThrow('no encryption key fits');
});
