import { guessTier } from './guess-tier.ts';
import type { JobEntry } from './config-entries.ts';
import type { JobDefinition, TriggerDefinition, Variable, When } from './model.ts';
import type { RuleVerdict } from './rules.ts';

/** Turns a job of the configuration into what the engine runs. `verdict`: its rule that held, if it has rules. */
export function defineJob(name: string, entry: JobEntry, verdict: RuleVerdict | undefined): JobDefinition {
  const when = verdict?.when ?? entry.when ?? 'on_success';
  return {
    name,
    stage: entry.stage,
    when,
    allowFailure: mayFail(entry, verdict, when),
    needs: entry.needs === undefined ? null : requiredNeeds(entry).map(({ name }) => name),
    startInMs: readDuration(entry.start_in ?? '0'),
    maxRetries: typeof entry.retry === 'number' ? entry.retry : (entry.retry?.max ?? 0),
    environment: environmentOf(entry),
    trigger: triggerOf(entry),
    variables: readVariables({ ...entry.variables, ...verdict?.variables }),
    exitsNonZero: /^\s*(exit [1-9]\d*|false)\s*$/m.test(scriptOf(entry)),
  };
}

/** The jobs an entry needs in this pipeline (needs of other pipelines' artifacts do not wait). */
export function requiredNeeds(entry: JobEntry): { name: string; optional: boolean }[] {
  return (entry.needs ?? []).flatMap((need) => {
    if (typeof need === 'string') return [{ name: need, optional: false }];
    return 'job' in need ? [{ name: need.job as string, optional: need.optional === true }] : [];
  });
}

/** Variables as GitLab takes them: scalars, or an object with a `value`. */
export function readVariables(entries: Readonly<Record<string, unknown>>): Variable[] {
  return Object.entries(entries).map(([key, entry]) => {
    const value = typeof entry === 'object' && entry !== null && 'value' in entry ? entry.value : entry;
    return { key, value: textOf(value), type: 'env_var' };
  });
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `when: manual` allows failure by default, but not when the job has rules. */
function mayFail(entry: JobEntry, verdict: RuleVerdict | undefined, when: When): boolean {
  const stated = verdict?.allowFailure ?? entry.allow_failure;
  if (stated !== undefined) return stated !== false;
  return verdict === undefined && when === 'manual';
}

function scriptOf({ script }: JobEntry): string {
  if (script === undefined) return '';
  return typeof script === 'string' ? script : script.flat(Infinity).map(textOf).join('\n');
}

function environmentOf({ environment }: JobEntry): JobDefinition['environment'] {
  if (environment === undefined) return null;
  const {
    name,
    action = 'start',
    deployment_tier: tier,
  } = typeof environment === 'string' ? { name: environment } : environment;
  return { name, action, tier: tier ?? guessTier(name) };
}

function triggerOf({ trigger }: JobEntry): TriggerDefinition | null {
  if (trigger === undefined) return null;
  if (typeof trigger === 'string') return { project: trigger, branch: null, include: null, strategy: null };
  const first = Array.isArray(trigger.include) ? trigger.include[0] : trigger.include;
  return {
    project: trigger.project ?? null,
    branch: trigger.branch ?? null,
    include: (typeof first === 'string' ? first : first?.local) ?? null,
    strategy: trigger.strategy ?? null,
  };
}

const unitMs: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** `30 seconds`, `1 hour 30 minutes`, or a bare number of seconds. */
function readDuration(text: string): number {
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z])?[a-z]*/gi)) {
    total += Number(amount) * (unitMs[unit?.toLowerCase() ?? 's'] ?? 1_000);
  }
  return total;
}
