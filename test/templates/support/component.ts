import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { repository } from '../../support/run-command.ts';

/** What the header of a component says of one input. */
interface InputSpec {
  readonly description?: string;
  readonly type?: 'string' | 'number' | 'boolean' | 'array';
  readonly default?: unknown;
  readonly options?: readonly string[];
  readonly regex?: string;
}

export type Inputs = Readonly<Record<string, unknown>>;

export interface JobVariable {
  readonly value: string;
  readonly expand: boolean;
}

/** A job as GitLab would hand it to a runner, short of its variables' values being filled in. */
export interface ComponentJob {
  readonly name: string;
  readonly variables: Readonly<Record<string, JobVariable>>;
  readonly script: readonly string[];
  readonly afterScript: readonly string[];
  readonly definition: Readonly<Record<string, unknown>>;
}

/** Both components: with curl alone, and with the command `trigger`. */
export const components = ['trigger-curl', 'trigger'] as const;
/** The job that asks for the verdict. */
export type ComponentName = (typeof components)[number] | 'gate';

const sourceOf = (name: ComponentName): string =>
  readFileSync(path.join(repository, 'templates', `${name}.yml`), 'utf8');

function partsOf(name: ComponentName): readonly [header: string, content: string] {
  const [header = '', content = ''] = sourceOf(name).split(/^---\n/m);
  return [header, content];
}

export const inputsOf = (name: ComponentName): Readonly<Record<string, InputSpec>> =>
  (parse(partsOf(name)[0]) as { spec: { inputs: Record<string, InputSpec> } }).spec.inputs;

/** @throws Error as GitLab refuses it. Source: GitLab lib/gitlab/ci/config/interpolation/inputs/base_input.rb */
function checked(
  name: string,
  { type = 'string', options, regex, ...spec }: InputSpec,
  given: unknown,
): unknown {
  if (given === undefined && !('default' in spec))
    throw new Error(`${name}: required value has not been provided`);
  const value = given ?? spec.default;
  if (type === 'array' ? !Array.isArray(value) : typeof value !== type)
    throw new Error(`${name}: provided value is not a ${type}`);
  if (options !== undefined && !options.includes(value as string))
    throw new Error(
      `${name}: ${JSON.stringify(value)} cannot be used because it is not in the list of allowed options`,
    );
  if (regex !== undefined && !new RegExp(regex, 'u').test(value as string))
    throw new Error(`${name}: provided value does not match required RegEx pattern`);
  return value;
}

/** As Rails writes JSON: these characters could end a script element of a page. */
const railsJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/**
 * Includes a component with these inputs: they go into its text before that is read as YAML, texts as they are, all else
 * as JSON. Source: GitLab lib/gitlab/ci/config/interpolation/text_template.rb
 */
export function includeComponent(name: ComponentName, inputs: Inputs): ComponentJob {
  const specs = inputsOf(name);
  for (const input of Object.keys(inputs)) if (!(input in specs)) throw new Error(`unknown input ${input}`);
  const values = new Map(
    Object.entries(specs).map(([input, spec]) => [input, checked(input, spec, inputs[input])]),
  );
  const text = partsOf(name)[1].replace(/\$\[\[ inputs\.(\w+) \]\]/g, (_, input: string) => {
    const value = values.get(input);
    return typeof value === 'string' ? value : railsJson(value);
  });
  const jobs = Object.entries(parse(text) as Record<string, Definition>);
  const [[job, definition] = []] = jobs;
  if (job === undefined || definition === undefined || jobs.length > 1)
    throw new Error(`a component has one job, not ${jobs.length}`);
  return {
    name: job,
    variables: Object.fromEntries(
      Object.entries(definition.variables).map(([variable, value]) => [
        variable,
        typeof value === 'object'
          ? { value: value.value, expand: value.expand ?? true }
          : { value: String(value), expand: true },
      ]),
    ),
    script: definition.script,
    afterScript: definition.after_script ?? [],
    definition,
  };
}

type Definition = Readonly<Record<string, unknown>> & {
  readonly variables: Readonly<Record<string, string | number | { value: string; expand?: boolean }>>;
  readonly script: readonly string[];
  readonly after_script?: readonly string[];
};
