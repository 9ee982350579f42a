import type { Request } from 'express';
import { AppError } from '../../domain/error.ts';
import type { Html } from './html.ts';
import { html } from './html.ts';

type Given = Readonly<Record<string, unknown>>;

const lastOf = (value: unknown): unknown => (Array.isArray(value) ? value.at(-1) : value);

const textOf = (value: unknown): string | null => {
  const last = lastOf(value);
  return typeof last === 'string' && last.trim() !== '' ? last.trim() : null;
};

/** A parameter of the address; null when it is missing, or empty as forms send a field without a value. */
export const textQuery = (request: Request, name: string): string | null =>
  textOf((request.query as Given)[name]);

const bodyOf = ({ body }: Request): Given =>
  typeof body === 'object' && body !== null ? (body as Given) : {};

/** A field of a form that was sent; null when it is not there or empty. */
export const fieldOf = (request: Request, name: string): string | null => textOf(bodyOf(request)[name]);

/** All values of a field: none, one or several ticked boxes. */
export const fieldsOf = (request: Request, name: string): readonly string[] =>
  [bodyOf(request)[name]].flat().filter((value): value is string => typeof value === 'string');

/** @throws AppError `invalid` naming the field */
export function requiredField(request: Request, name: string): string {
  const text = fieldOf(request, name);
  if (text === null) throw new AppError('invalid', `${name}: please fill it in`);
  if (!text.isWellFormed()) throw new AppError('invalid', `${name}: expected Unicode text`);
  return text;
}

/** One of the choices; null for anything else. */
export const choiceOf = <Choice extends string>(
  text: string | null,
  choices: readonly Choice[],
): Choice | null => choices.find((choice) => choice === text) ?? null;

interface SearchField {
  readonly name: string;
  readonly label: string;
  /** The submitted value; null for none. */
  readonly value: string | null;
  readonly placeholder: string;
  readonly isRequired?: boolean;
}

/** A search field, without spell check: it takes names of GitLab's. */
export const searchField = ({ name, label, value, placeholder, isRequired = false }: SearchField): Html =>
  html`<div class="wide">
    <label class="unseen" for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      value="${value ?? ''}"
      placeholder="${placeholder}"
      spellcheck="false"
      ${isRequired && html`required`}
    />
  </div>`;

/** The project whose triggers or hooks are searched. */
export const projectField = (value: string | null, isRequired = false): Html =>
  searchField({ name: 'project', label: 'Project', value, placeholder: 'group/app', isRequired });
