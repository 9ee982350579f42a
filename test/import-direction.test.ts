import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
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
    'simulator',
  ]);
}

/** Each file imports what it may not, and the rule that says so. */
const wrong = [
  ['the core imports a use case', 'src/domain/a.ts', '../app/b.ts', 'domain-imports-inward'],
  ['the core imports a library', 'src/domain/z.ts', 'zod', 'domain-is-pure'],
  ['a use case imports an adapter', 'src/app/a.ts', '../store/b.ts', 'app-imports-inward'],
  ['a use case imports a library', 'src/app/z.ts', 'zod', 'app-imports-no-library'],
  ['the contract imports a handler', 'src/api/a.ts', '../http/b.ts', 'api-imports-inward'],
  [
    'middleware imports a handler',
    'src/http/middleware/a.ts',
    '../api/b.ts',
    'http-middleware-imports-inward',
  ],
  ['an API handler imports a page', 'src/http/api/a.ts', '../dashboard/b.ts', 'http-api-imports-inward'],
  [
    'a page imports an API handler',
    'src/http/dashboard/a.ts',
    '../api/b.ts',
    'http-dashboard-imports-inward',
  ],
  ['the server imports an adapter', 'src/http/a.ts', '../gitlab/b.ts', 'http-imports-inward'],
  [
    'the CI command imports an adapter',
    'src/cli/trigger/a.ts',
    '../../gitlab/b.ts',
    'cli-trigger-imports-inward',
  ],
  [
    'an admin command imports an adapter',
    'src/cli/admin/a.ts',
    '../../store/b.ts',
    'cli-admin-imports-inward',
  ],
  ['the client imports a command', 'src/client/a.ts', '../cli/b.ts', 'client-imports-inward'],
  ['a command loads the contract’s schemas', 'src/cli/admin/s.ts', '../../api/b.ts', 'api-types-only'],
  [
    'GitLab’s schemas import the client',
    'src/gitlab/schema/a.ts',
    '../rest/b.ts',
    'gitlab-schema-imports-inward',
  ],
  ['the REST client imports id_tokens', 'src/gitlab/rest/a.ts', '../oidc/b.ts', 'gitlab-rest-imports-inward'],
  [
    'webhooks import the REST client',
    'src/gitlab/webhooks/a.ts',
    '../rest/b.ts',
    'gitlab-webhooks-imports-inward',
  ],
  ['id_tokens import the store', 'src/gitlab/oidc/a.ts', '../../store/b.ts', 'gitlab-oidc-imports-inward'],
  ['callbacks import the store', 'src/callbacks/a.ts', '../store/b.ts', 'callbacks-imports-inward'],
  ['the configuration imports the store', 'src/config/a.ts', '../store/b.ts', 'config-imports-inward'],
  ['the store imports GitLab’s client', 'src/store/a.ts', '../gitlab/b.ts', 'store-imports-inward'],
  ['the platform imports the store', 'src/platform/a.ts', '../store/b.ts', 'platform-imports-inward'],
  ['telemetry imports the store', 'src/telemetry/a.ts', '../store/b.ts', 'telemetry-imports-inward'],
  ['the doctor imports the store', 'src/doctor/a.ts', '../store/b.ts', 'doctor-imports-inward'],
  ['the simulator imports the product', 'simulator/a.ts', '../src/domain/b.ts', 'simulator-stands-alone'],
  [
    'the product starts the simulator',
    'src/http/s.ts',
    '../../simulator/b.ts',
    'simulator-is-started-by-commands',
  ],
  [
    'OpenTelemetry is imported elsewhere',
    'src/http/z.ts',
    '@opentelemetry/api',
    'opentelemetry-in-one-folder',
  ],
  [
    'tracing is always loaded',
    'src/composition/t.ts',
    '../telemetry/tracing/b.ts',
    'tracing-is-loaded-on-demand',
  ],
  ['an executable wires adapters', 'src/bin/a.ts', '../store/b.ts', 'only-composition-knows-adapters'],
  [
    'an adapter imports the composition root',
    'src/store/c.ts',
    '../composition/b.ts',
    'composition-is-the-root',
  ],
  ['two files import each other', 'src/domain/c.ts', './d.ts', 'no-cycles'],
] as const;
const targets = [
  'src/domain/b.ts',
  'src/app/b.ts',
  'src/api/b.ts',
  'src/cli/b.ts',
  'src/store/b.ts',
  'src/gitlab/b.ts',
  'src/gitlab/rest/b.ts',
  'src/gitlab/oidc/b.ts',
  'src/http/b.ts',
  'src/http/api/b.ts',
  'src/http/dashboard/b.ts',
  'src/telemetry/tracing/b.ts',
  'src/composition/b.ts',
  'simulator/b.ts',
];

test('each import rule has a file that breaks it', () => {
  const { forbidden } = createRequire(import.meta.url)(`${repository}.dependency-cruiser.cjs`) as {
    readonly forbidden: readonly { readonly name: string }[];
  };
  expect(new Set(wrong.map(([, , , rule]) => rule))).toEqual(new Set(forbidden.map(({ name }) => name)));
});

test('the import check fails for each file that imports what it may not', async () => {
  const { code, stdout } = await check({
    ...Object.fromEntries(targets.map((file) => [file, ''])),
    'src/domain/d.ts': './c.ts',
    ...Object.fromEntries(wrong.map(([, from, to]) => [from, to])),
  });
  for (const [what, from, , rule] of wrong) expect(stdout, what).toContain(`error ${rule}: ${from}`);
  expect(code).not.toBe(0);
});

test('the check passes when imports point inward', async () => {
  const inward = {
    'src/store/a.ts': '../app/b.ts',
    'src/app/b.ts': '../domain/c.ts',
    'src/domain/c.ts': '',
    'simulator/a.ts': '',
  };
  const { code, stdout } = await check(inward);
  expect(stdout).toContain('no dependency violations found');
  expect(code).toBe(0);
});
