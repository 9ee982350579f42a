import { AppError } from '../../domain/error.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';
import { projectField, searchField } from './fields.ts';
import { withQuery } from './table.ts';

/** The hooks that a page is about. */
export interface HooksOf {
  readonly project: string;
  /** How GitLab reaches the service, where an admin has to say it; null: by PUBLIC_URL. */
  readonly url: string | null;
}

/** The page of a project's hooks. */
export const hooksPath = ({ project, url }: HooksOf): string => withQuery('/hooks', { project, url });

/** @throws AppError `invalid` */
export function hookUrlField(text: string | null): string | null {
  if (text === null) return null;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new AppError('invalid', 'This service, as GitLab reaches it: expected an http or https URL');
}

interface HookButton {
  readonly action: 'repair' | 'resend';
  readonly text: string;
  /** The label for screen readers, where the text alone does not name the hook. */
  readonly label?: string;
}

/** A button for an action on a project's hooks. */
export const hookButton = ({ project, url }: HooksOf, { action, text, label }: HookButton): Html =>
  html`<form method="post" action="/hooks/${action}">
    <input type="hidden" name="project" value="${project}" />
    ${url !== null && html`<input type="hidden" name="url" value="${url}" />`}
    <button ${label !== undefined && html`aria-label="${label}"`}>${text}</button>
  </form>`;

export const repairButton = (hooks: HooksOf): Html =>
  hookButton(hooks, {
    action: 'repair',
    text: 'Install or repair',
    label: `Install or repair the hook of ${hooks.project}`,
  });

interface StartRequest {
  readonly project: string | null;
  readonly url: string | null;
  /** The service is not configured with the URL at which GitLab reaches it. */
  readonly needsUrl: boolean;
}

/** Names the project to look at. */
export const lookForm = ({ project, url, needsUrl }: StartRequest): Html =>
  html`<form class="filters" role="search" aria-label="Look at a project">
    ${projectField(project, true)}
    ${
      needsUrl &&
      searchField({
        name: 'url',
        label: 'This service, as GitLab reaches it',
        value: url,
        placeholder: 'https://pipelines.example.com',
        isRequired: true,
      })
    }
    <button>Ask GitLab</button>
    ${project !== null && html`<a href="/hooks">All that are waited for</a>`}
  </form>`;
