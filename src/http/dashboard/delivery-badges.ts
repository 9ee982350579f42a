import type { Payload } from '../../domain/delivery.ts';
import { pipelineIdOf } from '../../domain/delivery.ts';
import type { Html } from './html.ts';
import { brief, html } from './html.ts';
import { statusBadge, wordBadge } from './badges.ts';

/** The content of a delivery, in short. */
export function payloadBadge(payload: Payload): Html {
  if (payload.kind === 'pipeline') return statusBadge(brief(payload.pipeline.status));
  if (payload.kind === 'job') return statusBadge(brief(payload.job.status));
  return payload.kind === 'ignored' ? wordBadge('idle', 'ignored') : wordBadge('bad', 'not understood');
}

const inProject = (path: string | null): Html | false => path !== null && html`of <bdi>${brief(path)}</bdi>`;

/** The object that it is about. */
export function aboutPayload(payload: Payload): Html {
  if (payload.kind === 'job')
    return html`job <bdi>${brief(payload.job.name)}</bdi> ${inProject(payload.projectPath)}`;
  if (payload.kind === 'pipeline') return html`pipeline ${inProject(payload.projectPath)}`;
  return html`<span class="note"><bdi>${brief(payload.reason, 200)}</bdi></span>`;
}

/** The pipeline that it is about. */
export const pipelineText = (payload: Payload): Html => {
  const id = pipelineIdOf(payload);
  return id === null ? html`<span class="note">–</span>` : html`#${id}`;
};
