import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { stopMs } from '../../src/composition/serve.ts';
import { repository } from '../support/run-command.ts';
import type { Resource } from './kubernetes-types.ts';
import { complaintsAbout } from './kubernetes-types.ts';
import { itsSecrets, readDeployed } from './settings.ts';

const read = (file: string): string => readFileSync(path.join(repository, file), 'utf8');
const resources = parseAllDocuments(read('deploy/kubernetes.yaml')).map(
  (document) => document.toJS() as Resource,
);

const only = (kind: string): unknown => resources.find((each) => each.kind === kind);
const set = only('StatefulSet') as StatefulSet;
const pod = set.spec.template.spec;
const [container] = pod.containers;

interface StatefulSet {
  readonly spec: {
    readonly selector: { readonly matchLabels: object };
    readonly template: {
      readonly metadata: { readonly labels: object };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly containers: readonly [Container];
        readonly volumes: readonly { readonly name: string }[];
      };
    };
    readonly volumeClaimTemplates: readonly { readonly metadata: { readonly name: string } }[];
  };
}
interface Container {
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}
interface ClusterService {
  readonly spec: { readonly selector: object };
}

test('is what Kubernetes takes', { timeout: 300_000 }, () => {
  expect(resources.map(({ kind }) => kind)).toEqual(['ServiceAccount', 'StatefulSet', 'Service', 'Ingress']);
  expect(complaintsAbout(resources)).toEqual([]);
  const wrong = structuredClone(resources) as unknown as [unknown, { spec: object }, ...unknown[]];
  Object.assign(wrong[1].spec, { replicaz: 1 });
  expect(complaintsAbout(wrong as Resource[])).toEqual([expect.stringContaining('replicaz')]);
});

test('sets what the service reads', () => {
  const { config, unknown } = readDeployed(
    Object.fromEntries(container.env.map(({ name, value }) => [name, value])),
  );
  expect(unknown).toEqual([]);
  expect(config).toMatchObject(itsSecrets);
});

test('mounts volumes that are there, the secrets where they are looked for', () => {
  const there = [...pod.volumes, ...set.spec.volumeClaimTemplates.map(({ metadata }) => metadata)];
  const mounts = container.volumeMounts.map(({ name }) => name);
  expect(mounts.toSorted()).toEqual(there.map(({ name }) => name).toSorted());
  const folder = container.volumeMounts.find(({ name }) => name === 'secrets')?.mountPath;
  for (const { name, value } of container.env)
    if (name.endsWith('_FILE')) expect(path.dirname(value)).toBe(folder);
});

test('sends to its own pods, and gives them the time that they take to stop', () => {
  const { labels } = set.spec.template.metadata;
  expect(set.spec.selector.matchLabels).toEqual(labels);
  expect((only('Service') as ClusterService).spec.selector).toEqual(labels);
  // Three seconds of it are for leaving the endpoints.
  expect((pod.terminationGracePeriodSeconds - 3) * 1000).toBeGreaterThan(stopMs);
});

test('runs one process, which cannot do more than it has to', () => {
  expect(set.spec).toMatchObject({ replicas: 1 });
  expect(pod).toMatchObject({
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    automountServiceAccountToken: false,
    enableServiceLinks: false,
  });
  expect(container).toMatchObject({
    securityContext: {
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    },
    livenessProbe: { httpGet: { path: '/healthz' } },
    readinessProbe: { httpGet: { path: '/readyz' } },
  });
});
