import type { Html } from './html.ts';
import { html } from './html.ts';

interface SearchField {
  readonly name: string;
  readonly label: string;
  /** What was asked for; null for nothing. */
  readonly value: string | null;
  readonly placeholder: string;
  readonly isRequired?: boolean;
}

/** A field of a form that searches: names of GitLab's, which no dictionary knows. */
export const searchField = ({ name, label, value, placeholder, isRequired = false }: SearchField): Html =>
  html`<div class="wide">
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      value="${value ?? ''}"
      placeholder="${placeholder}"
      spellcheck="false"
      ${isRequired && html`required`}
    />
  </div>`;

/** The project whose triggers or hooks are looked for. */
export const projectField = (value: string | null, isRequired = false): Html =>
  searchField({ name: 'project', label: 'Project', value, placeholder: 'group/app', isRequired });
