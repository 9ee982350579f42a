import { expect, test } from 'vitest';
import { renderTemplate } from '../../../simulator/hooks/render-template.ts';

const payload = JSON.stringify({ object_kind: 'pipeline', object_attributes: { id: 7, name: 'a "b"' } });

test('a template replaces the whole body, values at their paths', () => {
  const template =
    '{"kind":"{{object_kind}}","id":{{object_attributes.id}},"name":"{{object_attributes.name}}"}';
  expect(JSON.parse(renderTemplate(template, payload))).toEqual({ kind: 'pipeline', id: 7, name: 'a "b"' });
});

test('what is not there is null', () => {
  expect(renderTemplate('{"x":{{builds.0.id}}}', payload)).toBe('{"x":null}');
});

test.each([[null], [''], [' ']])('without a template (%j) the payload is the body', (template) => {
  expect(renderTemplate(template, payload)).toBe(payload);
});
