import type { Variable } from '../engine/model.ts';
import type { Call } from './call.ts';
import { refuseInput } from './reply.ts';

/** The `ref` of a request, from its address or its parameters. @throws Refusal 400 */
export function readRef({ input, params }: Call): string {
  const ref = params['ref'] ?? input['ref'];
  if (ref === undefined || ref === null) throw refuseInput('ref is missing');
  if (typeof ref !== 'string' || ref === '') throw refuseInput('ref is empty');
  return ref;
}

/** The `inputs` of a request; their meaning is the pipeline's business. @throws Refusal 400 */
export function readInputs({ input }: Call): Record<string, unknown> {
  const { inputs } = input;
  if (inputs === undefined || inputs === null) return {};
  if (typeof inputs !== 'object' || Array.isArray(inputs)) throw refuseInput('inputs is invalid');
  return { ...inputs };
}

/** Variables as a list of `{key, value, variable_type}`. @throws Refusal 400 */
export function readVariableList(value: unknown, name = 'variables'): Variable[] {
  if (value === undefined || value === null || value === '') return [];
  if (!Array.isArray(value)) throw refuseInput(`${name} is invalid`);
  return value.map((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null || !('key' in entry)) {
      throw refuseInput(`${name}[0][key] is missing`);
    }
    const { key } = entry;
    const text = 'value' in entry ? entry.value : '';
    const type = 'variable_type' in entry && entry.variable_type === 'file' ? 'file' : 'env_var';
    return { key: String(key), value: typeof text === 'string' ? text : JSON.stringify(text), type };
  });
}

/** The values of a repeatable parameter, sent as `name[]=a`, `name=a` or a JSON list. */
export function readList(value: unknown): string[] {
  if (value === undefined || value === null || value === '') return [];
  return Array.isArray(value) ? value.map(textOf) : [textOf(value)];
}

/** A text that a request must have. @throws Refusal 400 */
export function readText(input: Call['input'], name: string): string {
  const value = input[name];
  if (value === undefined || value === null) throw refuseInput(`${name} is missing`);
  return textOf(value);
}

/** A parameter as text, whether a form or JSON brought it. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const on: ReadonlySet<unknown> = new Set([true, 1, '1', 't', 'T', 'true', 'True', 'TRUE', 'on', 'On', 'ON']);
const off: ReadonlySet<unknown> = new Set([
  false,
  0,
  '0',
  'f',
  'F',
  'false',
  'False',
  'FALSE',
  'off',
  'Off',
  'OFF',
]);

/** A value as a switch, as forms, JSON and Python's `True` say it; undefined for anything else. */
export function flagOf(value: unknown): boolean | undefined {
  if (on.has(value)) return true;
  return off.has(value) ? false : undefined;
}

/** A switch of a request; off when it is not there. @throws Refusal 400 */
export function readFlag(input: Call['input'], name: string): boolean {
  const value = input[name];
  if (value === undefined || value === null || value === '') return false;
  const flag = flagOf(value);
  if (flag === undefined) throw refuseInput(`${name} is invalid`);
  return flag;
}
