import { expect, test } from 'vitest';
import { html, safeLink } from '../../../src/http/dashboard/html.ts';

test('text is escaped, markup is not, and what is not there leaves nothing', () => {
  const name = `<script>alert('1' + "2")</script> & co`;
  const escaped = '&lt;script&gt;alert(&#39;1&#39; + &quot;2&quot;)&lt;/script&gt; &amp; co';
  expect(html`<b title="${name}">${name}</b>`.toString()).toBe(`<b title="${escaped}">${escaped}</b>`);
  expect(html`${[html`<i>${1}</i>`, false, null, undefined, ['<', ['>']]]}`.toString()).toBe(
    '<i>1</i>&lt;&gt;',
  );
});

test('an address that is none of the web is no link', () => {
  expect(safeLink('https://gitlab.example.com/1', '#1').toString()).toContain(
    'href="https://gitlab.example.com/1"',
  );
  for (const url of [
    'javascript:alert(1)',
    'data:text/html,x',
    '//evil.example',
    ' javascript:alert(1)',
    null,
  ])
    expect(safeLink(url, '<b>').toString()).toBe('<bdi>&lt;b&gt;</bdi>');
});
