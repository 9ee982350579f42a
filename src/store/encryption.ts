import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Where an encrypted value lies: it is authenticated with the value, which cannot be read from any other place. */
export interface EncryptionContext {
  readonly table: 'Trigger' | 'Callback';
  readonly column: 'secrets' | 'url';
  /** The id of the row. */
  readonly id: string;
}

/** Encrypts what must not lie in the database in the clear. */
export interface Encryption {
  encrypt(plain: string, context: EncryptionContext): string;
  /** @throws Error when none of the keys fits, or the value was encrypted for another place */
  decrypt(encrypted: string, context: EncryptionContext): string;
  /**
   * The same, closed by the key that writes now; null where it is already.
   * @throws Error when none of the keys fits
   */
  renew(encrypted: string, context: EncryptionContext): string | null;
}

const algorithm = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;

/**
 * AES-256-GCM with a random nonce, and the place of the value as additional authenticated data.
 * @param keys 32 bytes each; the first one writes, all of them read
 */
export function createEncryption(keys: readonly [Buffer, ...Buffer[]]): Encryption {
  function encrypt(plain: string, context: EncryptionContext): string {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv(algorithm, keys[0], iv).setAAD(bytesOf(context));
    const encrypted = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), encrypted]).toString('base64');
  }

  function decrypt(encrypted: string, context: EncryptionContext): string {
    const bytes = Buffer.from(encrypted, 'base64');
    for (const key of keys) {
      const opened = tryOpen(bytes, key, context);
      if (opened !== null) return opened;
    }
    throw new Error('no encryption key fits what is stored');
  }

  const isNew = (encrypted: string, context: EncryptionContext): boolean =>
    tryOpen(Buffer.from(encrypted, 'base64'), keys[0], context) !== null;
  return {
    encrypt,
    decrypt,
    renew: (encrypted, context) =>
      isNew(encrypted, context) ? null : encrypt(decrypt(encrypted, context), context),
  };
}

/** JSON keeps the parts apart, whatever characters an id holds. */
const bytesOf = ({ table, column, id }: EncryptionContext): Buffer =>
  Buffer.from(JSON.stringify([table, column, id]));

function tryOpen(bytes: Buffer, key: Buffer, context: EncryptionContext): string | null {
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, ivBytes)).setAAD(bytesOf(context));
  decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
  try {
    const plain = [decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()];
    return Buffer.concat(plain).toString('utf8');
  } catch {
    return null;
  }
}
