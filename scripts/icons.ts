/**
 * `npm run icons`: writes the icons of the dashboard, from those of lucide, to `src/http/dashboard/icons.ts`. Only those
 * that are used are there, and the package itself is not needed to run the service.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** What each is for, and its name at lucide. To use another one: add it, and run `npm run icons`. */
const chosen = {
  success: 'check',
  failed: 'x',
  running: 'loader-circle',
  live: 'circle-small',
  pending: 'ellipsis',
  manual: 'play',
  approval: 'pause',
  scheduled: 'clock',
  canceled: 'slash',
  skipped: 'chevrons-right',
  created: 'minus',
  warning: 'circle-alert',
  deadline: 'hourglass',
  out: 'external-link',
  search: 'search',
  chevron: 'chevron-right',
  down: 'chevron-down',
  retry: 'rotate-cw',
  help: 'circle-question-mark',
  person: 'user',
  eye: 'eye',
  branch: 'git-branch',
  copy: 'copy',
  download: 'download',
  webhook: 'webhook',
} as const;

export const iconsFile = fileURLToPath(new URL('../src/http/dashboard/icons.ts', import.meta.url));

const { resolve } = createRequire(import.meta.url);

/** The shapes of an icon: what stands in its file between the tags of the picture. */
function shapesOf(file: string): string {
  const text = readFileSync(resolve(`lucide-static/icons/${file}.svg`), 'utf8');
  const inner = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(text)?.[1];
  if (inner === undefined) throw new Error(`${file}: expected a picture`);
  return inner.trim().replaceAll(/\s+/g, ' ').replaceAll(/> </g, '><').replaceAll(' />', '/>');
}

const symbols = Object.entries(chosen).map(
  ([name, file]) => `<symbol id="i-${name}" viewBox="0 0 24 24">${shapesOf(file)}</symbol>`,
);

/** The text of the file. */
export const iconsText = `// Made by \`npm run icons\` from lucide (https://lucide.dev, ISC license). Not to be edited by hand.

/** The names of the icons, by what they are for. */
export type IconName =
${Object.keys(chosen)
  .map((name) => `  | '${name}'`)
  .join('\n')};

/** The icons themselves, once on each page: \`icon()\` refers to them. */
export const iconSymbols =
  '${symbols.join('')}';
`;

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(iconsFile, iconsText);
