import { globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { node, repository, run } from './support/run-command.ts';
import { makeTemporaryDirectory } from './support/temporary-directory.ts';

interface Manifest {
  readonly bin: Readonly<Record<string, string>>;
  readonly types: string;
  readonly dependencies: Readonly<Record<string, string>>;
}
interface Packed {
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

const manifest = JSON.parse(readFileSync(path.join(repository, 'package.json'), 'utf8')) as Manifest;
const inRepository = (pattern: string): string[] => globSync(pattern, { cwd: repository });

/** What may be in it. The packages that it brings along are as their authors made them. */
const expected = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/,
  /^dist\/.+\.(js|d\.ts|css|svg|html)$/,
  /^prisma\/(postgresql\/)?(schema\.prisma|migrations\/.+)$/,
  /^deploy\/[^/]+\.(yaml|yml|json|service)$/,
  /^docs\/(decisions\/)?[^/]+\.(md|png)$/,
  /^templates\/[^/]+\.(yml|md)$/,
  /^node_modules\/(better-sqlite3|node-addon-api|@prisma\/(adapter-better-sqlite3|debug|driver-adapter-utils))\//,
];

describe('the npm package', { timeout: 240_000 }, () => {
  let packed: Packed = { size: 0, unpackedSize: 0, files: [] };
  let files: readonly string[] = [];

  beforeAll(async () => {
    const built = await run('npm', ['run', '--silent', 'build']);
    expect(built).toMatchObject({ code: 0, stdout: '' });
    const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts']);
    [packed = packed] = JSON.parse(stdout) as Packed[];
    files = packed.files.map((file) => file.path);
  }, 240_000);

  test('has what it takes to run, and nothing else', () => {
    expect(files.filter((file) => !expected.some((pattern) => pattern.test(file)))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(inRepository('prisma/**/migrations/**/*.*')));
    expect(files).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'prisma/schema.prisma',
        'dist/src/store/generated/client.js',
        'dist/src/store/generated-postgresql/client.js',
        ...Object.values(manifest.bin),
        manifest.types.replace('./', ''),
      ]),
    );
  });

  test('has all that the sources have beside TypeScript', () => {
    const others = inRepository('{src,simulator}/**/*.*').filter(
      (file) => !/\.tsx?$|\/generated(-postgresql)?\//.test(file),
    );
    expect(files).toEqual(expect.arrayContaining(others.map((file) => `dist/${file}`)));
  });

  test('has pages and templates as they are here, and no source maps', () => {
    expect(files).toEqual(expect.arrayContaining(inRepository('{docs,templates}/**/*.{md,yml,png}')));
    expect(files.filter((file) => file.startsWith('dist/') && file.endsWith('.map'))).toEqual([]);
  });

  test('says where it comes from, and is built before it is packed', () => {
    expect(manifest).toMatchObject({
      homepage: expect.stringMatching(/^https:/) as string,
      repository: { type: 'git', url: expect.stringMatching(/^git\+https:/) as string },
      scripts: { prepack: expect.stringContaining('build') as string },
    });
  });

  test('uses no package but those that are installed with it', () => {
    const used = inRepository('dist/**/*.js').flatMap((file) =>
      [
        ...readFileSync(path.join(repository, file), 'utf8').matchAll(
          /(?:from|import) ?\(?'([@a-z][^'\n ]*)'/g,
        ),
      ].map(([, name = '']) => name),
    );
    const packages = new Set(
      used
        .filter((name) => !name.startsWith('node:'))
        .map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? ''),
    );
    expect(packages.size).toBeGreaterThan(5);
    expect([...packages].filter((name) => !(name in manifest.dependencies))).toEqual([]);
  });

  test('stays small enough to be fetched by every job', () => {
    // Nearly all of it is SQLite, prebuilt for eight platforms.
    expect(packed.size).toBeLessThan(16e6);
    expect(packed.unpackedSize).toBeLessThan(40e6);
    const own = packed.files.filter((file) => !file.path.startsWith('node_modules/'));
    expect(own.reduce((bytes, file) => bytes + file.size, 0)).toBeLessThan(4e6);
  });

  test('is described as it is', async () => {
    const { messages, pkg } = await publint({ pkgDir: repository, strict: true, pack: false });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  test('exports the types of the API, to anybody', async () => {
    const { path: folder, remove } = makeTemporaryDirectory();
    afterAll(remove);
    mkdirSync(path.join(folder, 'node_modules'));
    symlinkSync(repository, path.join(folder, 'node_modules/pipeline-trigger'));
    writeFileSync(path.join(folder, 'package.json'), '{ "type": "module" }');
    const compilerOptions = { noEmit: true, strict: true, target: 'es2022', module: 'nodenext' };
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    const check = (line: string) => {
      writeFileSync(
        path.join(folder, 'caller.ts'),
        `import type { Trigger, TriggerRequest } from 'pipeline-trigger';\n${line}\n`,
      );
      return run(node, ['node_modules/typescript/bin/tsc', '--project', folder]);
    };
    const good = `export const request: TriggerRequest = { project: 1, ref: 'main', onManual: 'play' };
      export const isGood = ({ outcome, failedJobs }: Trigger): boolean => outcome === 'success' && failedJobs.length === 0;`;
    expect(await check(good)).toMatchObject({ code: 0, stdout: '' });
    expect((await check(good.replace('play', 'plays'))).stdout).toMatch(/'"plays"' is not assignable/);
  });
});
