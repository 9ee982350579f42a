import type { ApiDocument, Schema } from './document.ts';
import { resolved } from './document.ts';

/** What text looks like by its format. */
const texts: Readonly<Record<string, string>> = {
  'date-time': '2026-01-01T12:00:00.000Z',
  uri: 'https://gitlab.example.com/',
};
/** What members of these names hold in GitLab's world and ours, where the schema gives no example. */
const members: Readonly<Record<string, unknown>> = {
  project: 'group/app',
  projectId: 1,
  ref: 'main',
  pipelineId: 456,
  pipelineStatus: 'running',
  webUrl: 'https://gitlab.example.com/group/app/-/pipelines/456',
  stage: 'deploy',
  name: 'deploy',
};

/** A value as the schema describes it, the simplest: null where there may be nothing, lists of one. */
export function sampleOf(schema: Schema, document: ApiDocument, member = ''): unknown {
  const whole = resolved(schema, document);
  const { type, properties, items, additionalProperties } = whole;
  const given = [whole.example, ...(whole.examples ?? []), whole.const, whole.default, ...(whole.enum ?? [])];
  const first = given.find((value) => value !== undefined);
  if (first !== undefined) return first;
  const choices = whole.anyOf ?? whole.oneOf;
  if (choices !== undefined) {
    const [choice = {}] = choices.some(({ type: each }) => each === 'null') ? [{ type: 'null' }] : choices;
    return sampleOf(choice, document, member);
  }
  const types = typeof type === 'string' ? [type] : (type ?? []);
  if (types.includes('object')) {
    const values = Object.entries(properties ?? {}).map(([name, each]) => [
      name,
      sampleOf(each, document, name),
    ]);
    const extra = typeof additionalProperties === 'object' && values.length === 0;
    return extra ? { name: sampleOf(additionalProperties, document) } : Object.fromEntries(values);
  }
  if (types.includes('array')) return items === undefined ? [] : [sampleOf(items, document, member)];
  const usual = members[member];
  if (usual !== undefined && types.includes(typeof usual === 'number' ? 'integer' : 'string')) return usual;
  if (types.includes('null')) return null;
  if (types.includes('integer') || types.includes('number')) return whole.minimum ?? 1;
  if (types.includes('boolean')) return false;
  return types.includes('string') ? (texts[whole.format ?? ''] ?? '…') : null;
}
