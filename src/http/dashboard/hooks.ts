import type { DoctorReport } from '../../app/project-hooks/doctor.ts';
import type { EnsureResult } from '../../app/project-hooks/ensure-hook.ts';
import type { HookOperations } from '../../app/project-hooks/hook-operations.ts';
import type { HookWatch } from '../../app/project-hooks/hook-watch.ts';
import type { Resent } from '../../app/project-hooks/missed-deliveries.ts';
import type { Clock } from '../../app/ports/index.ts';
import type { PageHandlers, FormResult } from './page-handlers.ts';
import { fieldOf, requiredField, textQuery } from './fields.ts';
import type { Flash } from './flashes.ts';
import type { HooksOf } from './hook-forms.ts';
import { hookUrlField, hooksPath, lookForm } from './hook-forms.ts';
import { healthList } from './hook-health.ts';
import { hookReport } from './hook-report.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import type { PageContent } from './layout.ts';
import type { ActorOf, PageRequest } from './authenticate-page.ts';
import { forAdmins } from './authenticate-page.ts';

interface Deps {
  readonly answers: PageHandlers;
  readonly operations: Pick<HookOperations, 'listMissed' | 'doctor' | 'resend'>;
  readonly watch: Pick<HookWatch, 'health'>;
  /** How GitLab reaches the service; null: an admin has to say it. */
  readonly publicUrl: string | null;
  readonly actorOf: ActorOf;
  readonly clock: Pick<Clock, 'now'>;
}

const withoutUrl = html`<p class="note">
  PUBLIC_URL is not set, so the service does not know where hooks are to lead. Say above how GitLab reaches
  it, or set PUBLIC_URL and start the service again.
</p>`;

const toHooks = (): string => '/hooks';

/**
 * Hook health, for admins. Without a project the page shows what the watch knows, without reading GitLab; the hooks of a
 * named project are read.
 */
export function hookPages({ answers, operations, watch, publicUrl, actorOf, clock }: Deps) {
  const needsUrl = publicUrl === null;

  async function below(project: string | null, url: string | null): Promise<Html> {
    if (project === null) return healthList(watch.health(), { now: clock.now(), hasUrl: !needsUrl });
    if (needsUrl && url === null) return withoutUrl;
    return hookReport(await operations.listMissed(project, { url }), url);
  }

  const show = async ({ request }: PageRequest): Promise<PageContent> => {
    const project = textQuery(request, 'project');
    const url = hookUrlField(textQuery(request, 'url'));
    const body = html`<div class="title">
        <h1 id="heading">Hooks ${project !== null && html`of <bdi>${project}</bdi>`}</h1>
      </div>
      ${lookForm({ project, url, needsUrl })} ${await below(project, url)}`;
    return { title: project === null ? 'Hooks' : `Hooks of ${project}`, body };
  };

  const hooksOf = ({ request }: PageRequest): HooksOf => ({
    project: requiredField(request, 'project'),
    url: hookUrlField(fieldOf(request, 'url')),
  });

  const repair = async (visit: PageRequest): Promise<FormResult> => {
    const { project, url } = hooksOf(visit);
    const options = { url, from: null, fix: true, everything: false };
    const report = await operations.doctor(actorOf(visit), project, options);
    return { to: hooksPath({ project, url }), ...repairText(report) };
  };

  const resend = async (visit: PageRequest): Promise<FormResult> => {
    const { project, url } = hooksOf(visit);
    return {
      to: hooksPath({ project, url }),
      ...resentText(await operations.resend(actorOf(visit), project, { url })),
    };
  };

  return {
    show: answers.page(forAdmins(show)),
    // GitLab may refuse to show hooks that it refuses to change: the error is shown on a page that reads nothing.
    repair: answers.form(toHooks, forAdmins(repair)),
    resend: answers.form(toHooks, forAdmins(resend)),
  };
}

const did = {
  created: 'A hook was made.',
  repaired: 'The hook was repaired.',
  unchanged: 'The hook itself was left as it is.',
} as const satisfies Record<EnsureResult['result'], string>;

function testResult({ outcome, words }: EnsureResult['test']): string | null {
  if (outcome === 'passed') return 'GitLab’s test of it arrived.';
  return words === null ? null : `${outcome === 'failed' ? 'Its test failed' : 'Not tested'}: ${words}.`;
}

function resentWords({ arrived, refused, retryAfterMs }: Resent): readonly string[] {
  const seconds = retryAfterMs === null ? null : Math.ceil(retryAfterMs / 1000);
  return [
    ...(arrived > 0 ? [`Missed deliveries that arrived now: ${arrived}.`] : []),
    ...(refused.length > 0 ? [`Not sent again: ${[...new Set(refused)].join('; ')}.`] : []),
    ...(seconds === null ? [] : [`GitLab takes no more just now: repeat it in ${seconds} seconds.`]),
  ];
}

/** The result of a repair as text; bad where GitLab's test failed or it refused to send again. */
function repairText({ ensured, resent }: DoctorReport): Pick<Flash, 'variant' | 'text'> {
  if (ensured === null) return { variant: 'good', text: 'There was nothing to repair.' };
  const { result, test, note } = ensured;
  const parts = [did[result], testResult(test), note === null ? null : `Note: ${note}.`];
  const text = [...parts.filter((part) => part !== null), ...(resent === null ? [] : resentWords(resent))];
  const isBad = test.outcome === 'failed' || (resent !== null && resent.refused.length > 0);
  return { variant: isBad ? 'bad' : 'good', text: text.join(' ') };
}

/** The result of sending missed deliveries again. */
function resentText(resent: Resent): Pick<Flash, 'variant' | 'text'> {
  const words = resentWords(resent);
  if (words.length === 0) return { variant: 'good', text: 'There was nothing to send again.' };
  return { variant: resent.refused.length > 0 ? 'bad' : 'good', text: words.join(' ') };
}
