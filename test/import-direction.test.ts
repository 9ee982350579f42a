import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { node, repository, run } from './support/run-command.ts';
import { makeTemporaryDirectory } from './support/temporary-directory.ts';

const directory = makeTemporaryDirectory();
afterEach(() => directory.remove());

/** Checks a source tree of these files, each with one import. */
function check(files: Readonly<Record<string, string>>) {
  for (const [file, imported] of Object.entries(files)) {
    const target = path.join(directory.path, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, imported === '' ? 'export const it = 1;\n' : `export { it } from '${imported}';\n`);
  }
  writeFileSync(
    path.join(directory.path, 'tsconfig.json'),
    '{"compilerOptions":{"allowImportingTsExtensions":true}}',
  );
  symlinkSync(`${repository}node_modules`, path.join(directory.path, 'node_modules'));
  const script = `process.chdir(${JSON.stringify(directory.path)}); process.argv.splice(1, 0, 'depcruise');
    await import(${JSON.stringify(`file://${repository}node_modules/dependency-cruiser/bin/dependency-cruise.mjs`)});`;
  return run(node, [
    '--input-type=module',
    '-e',
    script,
    '--',
    '--config',
    `${repository}.dependency-cruiser.cjs`,
    'src',
  ]);
}

/** Each file reaches where it may not, and the rule that says so. */
const wrong = [
  ['the core reaches outward', 'src/domain/a.ts', '../app/b.ts', 'domain-imports-inward'],
  ['the core knows a library', 'src/domain/z.ts', 'zod', 'domain-is-pure'],
  ['a use case reaches an adapter', 'src/app/a.ts', '../store/b.ts', 'app-imports-inward'],
  ['a use case knows a library', 'src/app/z.ts', 'zod', 'app-knows-no-library'],
  ['a page reaches the API’s handlers', 'src/dashboard/a.ts', '../http/b.ts', 'dashboard-imports-inward'],
  [
    'what the API and the pages share reaches one of them',
    'src/web/a.ts',
    '../http/b.ts',
    'web-imports-inward',
  ],
  ['adapters reach each other', 'src/http/a.ts', '../gitlab/b.ts', 'http-imports-inward'],
  ['the operator’s commands reach an adapter', 'src/admin/a.ts', '../store/b.ts', 'admin-imports-inward'],
  ['what both commands share reaches one of them', 'src/client/a.ts', '../cli/b.ts', 'client-imports-inward'],
  ['the simulator reaches us', 'src/simulator/a.ts', '../domain/b.ts', 'simulator-imports-inward'],
  ['OpenTelemetry leaves its room', 'src/http/z.ts', '@opentelemetry/api', 'opentelemetry-in-its-room'],
  ['tracing is always loaded', 'src/compose.ts', './telemetry/tracing/b.ts', 'tracing-is-loaded-when-wanted'],
  ['a second file wires adapters', 'src/serve.ts', './store/b.ts', 'only-compose-knows-adapters'],
] as const;
const reached = {
  'src/cli/b.ts': '',
  'src/app/b.ts': '',
  'src/store/b.ts': '',
  'src/gitlab/b.ts': '',
  'src/http/b.ts': '',
  'src/telemetry/tracing/b.ts': '',
  'src/domain/b.ts': '',
};

test('the check of import directions fails for each way to reach where one may not', async () => {
  const { code, stdout } = await check({
    ...reached,
    ...Object.fromEntries(wrong.map(([, from, to]) => [from, to])),
  });
  for (const [what, from, , rule] of wrong) expect(stdout, what).toContain(`error ${rule}: ${from}`);
  expect(code).not.toBe(0);
});

test('the check passes when imports point inward', async () => {
  const inward = { 'src/store/a.ts': '../app/b.ts', 'src/app/b.ts': '../domain/c.ts', 'src/domain/c.ts': '' };
  const { code, stdout } = await check(inward);
  expect(stdout).toContain('no dependency violations found');
  expect(code).toBe(0);
});
