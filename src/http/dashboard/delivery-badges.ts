import type { News } from '../../domain/delivery.ts';
import { pipelineIdOf } from '../../domain/delivery.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { statusBadge, wordBadge } from './badges.ts';

/** What a delivery says, in short. */
export function newsBadge(news: News): Html {
  if (news.kind === 'pipeline') return statusBadge(news.pipeline.status);
  if (news.kind === 'job') return statusBadge(news.job.status);
  return news.kind === 'ignored' ? wordBadge('idle', 'ignored') : wordBadge('bad', 'not understood');
}

const inProject = (path: string | null): Html | false => path !== null && html`of <bdi>${path}</bdi>`;

/** What it says that of. */
export function aboutNews(news: News): Html {
  if (news.kind === 'job') return html`job <bdi>${news.job.name}</bdi> ${inProject(news.projectPath)}`;
  if (news.kind === 'pipeline') return html`pipeline ${inProject(news.projectPath)}`;
  return html`<span class="note"><bdi>${news.reason}</bdi></span>`;
}

/** The pipeline that it is about. */
export const pipelineText = (news: News): Html => {
  const id = pipelineIdOf(news);
  return id === null ? html`<span class="note">–</span>` : html`#${id}`;
};
