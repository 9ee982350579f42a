import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Stands in every secret that services of tests are given, so that one search finds each of them. Letters and digits:
 * JSON, URLs and shells write it as it is.
 */
export const canary = 'kAnar1enV0gel';

/** A key of 32 bytes that holds it, in base64. */
export const canaryKey = Buffer.from(canary.padEnd(32, '.')).toString('base64');

/** What is in base64 of any text with the canary in it, whatever stands before and after. */
function base64Forms(text: string): readonly string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.from(' '.repeat(offset) + text).toString('base64url');
    // Six bits a character: those at the ends are mixed with what stands beside.
    return encoded.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + text.length) * 8) / 6));
  });
}

/** Every way to write a secret that is looked for. */
export function formsOf(secret: string): ReadonlyMap<string, string> {
  const hex = Buffer.from(secret).toString('hex');
  const forms: readonly (readonly [string, string])[] = [
    ['in clear', secret],
    ['as a URL writes it', encodeURIComponent(secret)],
    ['as JSON writes it', JSON.stringify(secret).slice(1, -1)],
    ...base64Forms(secret).map((form) => ['in base64', form] as const),
    ['in hex', hex],
    ['in HEX', hex.toUpperCase()],
    ['in percents', hex.replaceAll(/../g, (byte) => `%${byte}`)],
    ['in PERCENTS', hex.toUpperCase().replaceAll(/../g, (byte) => `%${byte}`)],
    ['in UTF-16', Buffer.from(secret, 'utf16le').toString('latin1')],
  ];
  // What several of them write alike goes by the first one's name.
  return new Map(forms.map(([how, form]) => [form, how] as const).toReversed());
}

const canaryForms = formsOf(canary);

/** Where in a text or in bytes the secret stands, and how; nothing where it does not. */
export function leaksIn(
  content: string | Buffer,
  forms: ReadonlyMap<string, string> = canaryForms,
): readonly string[] {
  const text = typeof content === 'string' ? content : content.toString('latin1');
  return [...forms]
    .map(([form, how]) => [text.indexOf(form), how] as const)
    .filter(([at]) => at >= 0)
    .map(([at, how]) => `${how}: …${text.slice(Math.max(0, at - 60), at + 60)}…`);
}

/**
 * Of what comes by a way that no service watches: a socket, a stream, another program.
 * @throws Error when the secret is in it
 */
export function refuseLeak(where: string, content: string | Buffer): void {
  const leaks = leaksIn(content);
  if (leaks.length > 0) throw new Error(`a secret is shown by ${where}\n${leaks.join('\n')}`);
}

/** Looks at everything that a service lets out or leaves behind. */
export interface Watch {
  readonly see: (where: string, content: string | Buffer) => void;
  /** From now on this is a secret too: one that was made by chance. */
  readonly hide: (secret: string) => void;
  /** The files of a database, also of what it has erased: itself, its write-ahead log, the index of that. */
  readonly seeFiles: (databaseFile: string) => void;
  /** @throws Error naming each place where a secret was seen */
  readonly refuseLeaks: () => void;
}

export function createWatch(): Watch {
  const leaks: string[] = [];
  const forms = new Map(canaryForms);
  const see: Watch['see'] = (where, content) => {
    leaks.push(...leaksIn(content, forms).map((leak) => `${where}: ${leak}`));
  };
  return {
    see,
    hide(secret) {
      for (const [form, how] of formsOf(secret)) forms.set(form, how);
    },
    seeFiles(databaseFile) {
      const directory = path.dirname(databaseFile);
      if (!existsSync(directory)) return;
      // The key file is where the key is.
      for (const name of readdirSync(directory).filter((file) => !file.endsWith('.key')))
        see(name, readFileSync(path.join(directory, name)));
    },
    refuseLeaks() {
      if (leaks.length > 0) throw new Error(`a secret is shown or kept\n${leaks.join('\n')}`);
    },
  };
}

/** What services of tests are given as secrets besides the usual ones; that they are there changes nothing. */
export const moreSecrets = {
  RELAY_SECRET: `${canary}-relay`,
  CALLBACK_SECRET: `${canary}-callback`,
  ENCRYPTION_KEY: canaryKey,
};

/** Goes with every request that does not say which variables it wants. */
export const secretVariables = { PASSWORD: `${canary}-variable` };
