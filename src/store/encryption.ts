import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Encrypts what must not lie in the database in the clear. */
export interface Encryption {
  encrypt(plain: string): string;
  /** @throws Error when none of the keys fits */
  decrypt(encrypted: string): string;
  /**
   * The same, closed by the key that writes now; null where it is already.
   * @throws Error when none of the keys fits
   */
  renew(encrypted: string): string | null;
}

const algorithm = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;

/**
 * AES-256-GCM with a random nonce.
 * @param keys 32 bytes each; the first one writes, all of them read
 */
export function createEncryption(keys: readonly [Buffer, ...Buffer[]]): Encryption {
  function encrypt(plain: string): string {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv(algorithm, keys[0], iv);
    const encrypted = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), encrypted]).toString('base64');
  }

  function decrypt(encrypted: string): string {
    const bytes = Buffer.from(encrypted, 'base64');
    for (const key of keys) {
      const opened = tryOpen(bytes, key);
      if (opened !== null) return opened;
    }
    throw new Error('no encryption key fits what is stored');
  }

  const isNew = (encrypted: string): boolean => tryOpen(Buffer.from(encrypted, 'base64'), keys[0]) !== null;
  return { encrypt, decrypt, renew: (encrypted) => (isNew(encrypted) ? null : encrypt(decrypt(encrypted))) };
}

function tryOpen(bytes: Buffer, key: Buffer): string | null {
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, ivBytes));
  decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
  try {
    const plain = [decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()];
    return Buffer.concat(plain).toString('utf8');
  } catch {
    return null;
  }
}
