import { createHash, randomInt, randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { KeySecrets } from '../app/access/api-keys.ts';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const randomLength = 36;
const checksumLength = 6;

/** Secret scanners know a key when they see it, and one that was mistyped costs no query. */
function checksumOf(text: string): string {
  let rest = crc32(text);
  let checksum = '';
  for (let digit = 0; digit < checksumLength; digit += 1) {
    checksum = (alphabet[rest % alphabet.length] ?? '') + checksum;
    rest = Math.floor(rest / alphabet.length);
  }
  return checksum;
}

function looksLikeKey(text: string): boolean {
  const [, random = '', checksum] = /^ptk_([0-9A-Za-z]{36})([0-9A-Za-z]{6})$/.exec(text) ?? [];
  return checksum !== undefined && checksumOf(random) === checksum;
}

/** `ptk_`, 36 random letters and digits, and six that follow from them. */
export const keySecrets: KeySecrets = {
  create() {
    const letters = Array.from({ length: randomLength }, () => alphabet[randomInt(alphabet.length)]);
    const random = letters.join('');
    return `ptk_${random}${checksumOf(random)}`;
  },
  // Random enough for a plain digest: there is nothing to guess.
  digestOf: (text) => (looksLikeKey(text) ? createHash('sha256').update(text).digest('hex') : null),
};

/** The id of a new key, by which the operator names it. */
export const newKeyId = (): string => `key_${randomUUID().replaceAll('-', '')}`;
