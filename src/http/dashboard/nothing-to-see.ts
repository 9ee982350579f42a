import type { Html } from './html.ts';
import { html } from './html.ts';

interface Situation {
  readonly username: string;
  /** Whether only pending triggers are listed. */
  readonly isPending: boolean;
  /** Whether GitLab has just not said who may what. */
  readonly isAway: boolean;
  /** Whether older triggers are left to look through. */
  readonly hasMore: boolean;
}

/** The list of a person who sees nothing on it, and what to do about that. */
export function nothingToSee({ username, isPending, isAway, hasMore }: Situation): Html {
  if (isAway)
    return html`<div class="empty">
      <p>
        GitLab does not answer, so it is not known what you may see. Nothing is lost; try again in a minute.
      </p>
    </div>`;
  return html`<div class="empty">
    <p>
      ${isPending ? 'Nothing is pending' : 'There is nothing'} in the projects in which you have the role
      Reporter or more in GitLab. ${hasMore && html`There are older triggers to look through.`}
    </p>
    ${isPending && html`<p><a class="button" href="/?state=finished">Show what has finished</a></p>`}
    <p>
      To see the pipelines of a project, ask one of its Maintainers to add
      <bdi>@${username}</bdi> as a member, in GitLab under <em>Manage → Members</em>. This page has it five
      minutes later at most.
    </p>
  </div>`;
}
