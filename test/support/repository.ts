import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const repository = fileURLToPath(new URL('../../', import.meta.url));

/** The Node that the repository pins, whatever Node the machine has. */
export const node = `${repository}node_modules/.bin/node`;
