import type { HookFinding, HookFindingCode } from './finding.ts';
import { hookFinding, isSerious } from './finding.ts';
import type { DesiredHook, ProjectHook } from './project-hook.ts';
import { isSameReceiver, compareReceiver } from './receiver-url.ts';

/** The state of a project's hooks. */
export interface Examination {
  /** The hook that notifies the service, or the best candidate; null for none. */
  readonly hook: ProjectHook | null;
  /** It is the hook of a group that the project lies in. */
  readonly isOfGroup: boolean;
  readonly findings: readonly HookFinding[];
}

const isoOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

type Check = (hook: ProjectHook, desired: DesiredHook) => string | null;

/** What can be wrong with one hook that calls our receiver; each gives its wording, or null when all is well. */
const checks: readonly (readonly [HookFindingCode, Check])[] = [
  [
    'disabled',
    ({ status }) => (status === 'disabled' ? 'GitLab gave it up after 40 failures in a row' : null),
  ],
  [
    'temporarily_disabled',
    ({ status, disabledUntil }) => {
      if (status !== 'temporarily_disabled') return null;
      return `GitLab pauses it${disabledUntil === null ? '' : ` until ${isoOf(disabledUntil)}`}, after failures in a row`;
    },
  ],
  ['missing_pipeline_events', ({ pipelineEvents }) => (pipelineEvents ? null : 'pipeline events are off')],
  ['missing_job_events', ({ jobEvents }) => (jobEvents ? null : 'job events are off')],
  ['custom_template', ({ hasTemplate }) => (hasTemplate ? 'a custom template replaces its body' : null)],
  [
    'no_secret',
    (hook, desired) => (isKnown(hook, desired) ? null : 'it sends no secret that the service takes'),
  ],
  [
    'not_signed',
    (hook, desired) =>
      desired.takesSignature && hook.isSigned === false && isKnown(hook, desired) ? 'it does not sign' : null,
  ],
  [
    'tls_not_verified',
    ({ url, verifiesTls }) =>
      !verifiesTls && /^https:/i.test(url) ? 'it does not verify the certificate' : null,
  ],
  [
    'needless_events',
    ({ pushEvents }) => (pushEvents ? 'push events are on, which the service ignores' : null),
  ],
];

/** Whether the service can authenticate its deliveries. GitLab does not show which secret it sends. */
function isKnown(
  { hasSecret, isSigned }: ProjectHook,
  { takesSecret, takesSignature }: DesiredHook,
): boolean {
  if (!takesSecret && !takesSignature) return true;
  return (takesSecret && hasSecret !== false) || (takesSignature && isSigned === true);
}

/** What is wrong with a hook that calls our receiver. */
export const examineHook = (hook: ProjectHook, desired: DesiredHook): readonly HookFinding[] =>
  checks.flatMap(([code, check]) => {
    const text = check(hook, desired);
    return text === null ? [] : [hookFinding(code, hook.id, text)];
  });

/** The hook with the fewest and least serious problems; of equals the oldest. */
function best(hooks: readonly ProjectHook[], desired: DesiredHook): ProjectHook | null {
  const weight = (hook: ProjectHook): number => {
    const findings = examineHook(hook, desired);
    return 100 * findings.filter(isSerious).length + findings.length;
  };
  return hooks.toSorted((one, other) => weight(one) - weight(other) || one.id - other.id)[0] ?? null;
}

const isMoved = ({ url }: ProjectHook, { movedFrom }: DesiredHook): boolean =>
  movedFrom !== null && isSameReceiver(url, movedFrom);

const wrong = (code: HookFindingCode, { id, url }: ProjectHook, text: string): HookFinding =>
  hookFinding(code, id, `${text}: ${shown(url)}`);

/** An address without the parts that may be secret. */
export function shown(url: string): string {
  if (!URL.canParse(url)) return 'not an address';
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/**
 * Examines all hooks of a project, and those of its groups where they could be read. A good hook of a group is enough
 * for all its projects.
 */
export function examine(
  hooks: readonly ProjectHook[],
  ofGroups: readonly ProjectHook[],
  desired: DesiredHook,
): Examination {
  const likeness = (hook: ProjectHook) =>
    isMoved(hook, desired) ? 'near' : compareReceiver(hook.url, desired.url);
  const ours = hooks.filter((hook) => likeness(hook) === 'same');
  const near = hooks.filter((hook) => likeness(hook) === 'near');
  const foreign = hooks
    .filter((hook) => likeness(hook) === 'alike')
    .map((hook) => wrong('foreign_url', hook, 'it calls a receiver like ours at another address'));
  const own = best(ours, desired);
  const group = best(
    ofGroups.filter(({ url }) => isSameReceiver(url, desired.url)),
    desired,
  );
  if (group !== null && !examineHook(group, desired).some(isSerious)) {
    const duplicates = [...ours, ...near].map((hook) =>
      wrong('duplicate', hook, 'a hook of the group does the same'),
    );
    return {
      hook: group,
      isOfGroup: true,
      findings: [...examineHook(group, desired), ...duplicates, ...foreign],
    };
  }
  if (own === null) return withoutHook(near, foreign, desired);
  const duplicates = ours
    .filter((hook) => hook !== own)
    .map((hook) => wrong('duplicate', hook, `hook ${own.id} does the same`));
  const leftovers = near.map((hook) =>
    wrong('leftover_url', hook, 'it calls a wrong address of the service'),
  );
  return {
    hook: own,
    isOfGroup: false,
    findings: [...examineHook(own, desired), ...duplicates, ...leftovers, ...foreign],
  };
}

function withoutHook(
  near: readonly ProjectHook[],
  foreign: readonly HookFinding[],
  desired: DesiredHook,
): Examination {
  const [first, ...rest] = near;
  if (first === undefined) {
    const text = URL.canParse(desired.url) ? `no hook calls ${shown(desired.url)}` : 'there is no hook';
    return { hook: null, isOfGroup: false, findings: [hookFinding('missing', null, text), ...foreign] };
  }
  const findings = [
    wrong('wrong_url', first, 'it calls a wrong address of the service'),
    ...rest.map((hook) => wrong('leftover_url', hook, 'it calls a wrong address of the service')),
    ...foreign,
  ];
  return { hook: first, isOfGroup: false, findings };
}
