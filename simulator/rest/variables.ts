import { z } from 'zod';
import type { Project, ProjectVariable } from '../world/project.ts';
import type { Call, ApiRoute } from './call.ts';
import { lookUpProject } from './look-up.ts';
import { paginate } from './paginate.ts';
import { flagOf } from './read-pipeline-input.ts';
import { notFound, refuse, refuseInput } from './reply.ts';
import type { ApiReply } from './reply.ts';

const all = '/projects/:id/variables';
const one = `${all}/:key`;

/** CI/CD variables of a project. Source: GitLab lib/api/ci/variables.rb, doc/api/project_level_variables.md */
export const variableRoutes: readonly ApiRoute[] = [
  { method: 'get', path: all, answer: list },
  { method: 'post', path: all, answer: create },
  { method: 'get', path: one, answer: show },
  { method: 'put', path: one, answer: update },
  { method: 'delete', path: one, answer: remove },
];

const flag = z.preprocess((value) => flagOf(value) ?? value, z.boolean()).default(false);

const settings = z.object({
  key: z.string(),
  value: z.string(),
  variable_type: z.enum(['env_var', 'file']).default('env_var'),
  protected: flag,
  masked: flag,
  hidden: flag,
  raw: flag,
  environment_scope: z.string().default('*'),
  description: z.string().nullable().default(null),
});

function list(call: Call): ApiReply {
  return paginate(call, lookUpProject(call, 'maintainer').variables, (variable) => variable);
}

function create(call: Call): ApiReply {
  const { variables } = lookUpProject(call, 'maintainer');
  const { masked_and_hidden: isHidden, ...given } = call.input;
  const hides = flagOf(isHidden) === true ? { masked: true, hidden: true } : {};
  const variable = parse({ ...given, hidden: false, ...hides });
  if (!/^\w{1,255}$/.test(variable.key)) {
    throw refuse(400, { key: ["can contain only letters, digits and '_'."] });
  }
  if (variables.some((each) => isSame(each, variable))) {
    throw refuse(400, { key: [`(${variable.key}) has already been taken`] });
  }
  variables.push(variable);
  return { status: 201, body: variable };
}

function show(call: Call): ApiReply {
  return { status: 200, body: lookUpVariable(call).variable };
}

function update(call: Call): ApiReply {
  const { project, variable } = lookUpVariable(call);
  const { filter: _, ...given } = call.input;
  const { key, hidden } = variable;
  const next = parse({ ...variable, ...given, key, hidden });
  project.variables[project.variables.indexOf(variable)] = next;
  return { status: 200, body: next };
}

function remove(call: Call): ApiReply {
  const { project, variable } = lookUpVariable(call);
  project.variables.splice(project.variables.indexOf(variable), 1);
  return { status: 204 };
}

/** Of several with the same key `filter[environment_scope]` names one. @throws Refusal 404, 409 when it is not clear which */
function lookUpVariable(call: Call): { readonly project: Project; readonly variable: ProjectVariable } {
  const project = lookUpProject(call, 'maintainer');
  const scope = scopeOf(call.input['filter']);
  const found = project.variables.filter(
    ({ key, environment_scope: each }) =>
      key === call.params['key'] && (scope === undefined || scope === each),
  );
  const [variable] = found;
  if (variable === undefined) throw notFound('Variable');
  if (found.length > 1) {
    throw refuse(
      409,
      "There are multiple variables with provided parameters. Please use 'filter[environment_scope]'",
    );
  }
  return { project, variable };
}

function scopeOf(filter: unknown): unknown {
  if (typeof filter !== 'object' || filter === null || !('environment_scope' in filter)) return undefined;
  return filter.environment_scope;
}

const isSame = (a: ProjectVariable, b: ProjectVariable): boolean =>
  a.key === b.key && a.environment_scope === b.environment_scope;

function parse(value: Readonly<Record<string, unknown>>): ProjectVariable {
  const parsed = settings.safeParse(value);
  if (parsed.success) return parsed.data;
  const names = [...new Set(parsed.error.issues.map(({ path }) => String(path[0])))];
  throw refuseInput(
    names.map((name) => `${name} is ${value[name] === undefined ? 'missing' : 'invalid'}`).join(', '),
  );
}
