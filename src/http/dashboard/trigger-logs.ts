import type { FailedJob } from '../../domain/trigger/job.ts';
import type { Html } from './html.ts';
import { brief, html } from './html.ts';
import { icon } from './parts.ts';

function logBox({ id, name, traceTail }: FailedJob, at: number): Html {
  const said = `The end of the log of ${brief(name)}`;
  return html`<details class="logbox" id="log-${id}" ${at === 0 && html`open`}>
    <summary>
      ${icon('chevron', 'chev')} The end of the log of <b><bdi>${brief(name)}</bdi></b>
    </summary>
    <pre class="log" tabindex="0" role="region" aria-label="${said}"><code>${traceTail}</code></pre>
  </details>`;
}

/** The ends of the logs of what failed, the first one open. */
export const failedLogs = (jobs: readonly FailedJob[]): Html =>
  html`${jobs.filter(({ traceTail }) => traceTail !== null && traceTail !== '').map(logBox)}`;
