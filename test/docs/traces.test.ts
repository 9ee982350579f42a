import type { Tokens } from 'marked';
import { lexer } from 'marked';
import { expect, test } from 'vitest';
import { tracingEnvironment } from '../../src/config/tracing.ts';
import { pageAt } from './support/read-pages.ts';

/** The last table under the heading: that of the variables. */
function variables(): readonly string[] {
  const tokens = lexer(pageAt('docs/observability.md').text);
  const start = tokens.findIndex((token) => token.type === 'heading' && token['text'] === 'Traces');
  const table = tokens.slice(start).findLast((token): token is Tokens.Table => token.type === 'table');
  return (table?.rows ?? []).flatMap(([name]) => (name?.text ?? '').match(/[A-Z][A-Z_]+/g) ?? []);
}

test('the page on traces names each variable that is read, and those that turn them off', () => {
  const switches = ['OTEL_SDK_DISABLED', 'OTEL_TRACES_EXPORTER'];
  expect(variables().toSorted()).toEqual([...Object.keys(tracingEnvironment.shape), ...switches].toSorted());
});
