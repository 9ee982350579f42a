import { expect, test } from 'vitest';
import { readDate } from '../../../src/gitlab/schema/parts.ts';

test.each([
  ['2016-08-12 15:23:28 UTC', '2016-08-12T15:23:28.000Z'],
  ['2021-04-28 21:50:00 +0200', '2021-04-28T19:50:00.000Z'],
  ['2021-04-28 21:50:00 -02:30', '2021-04-29T00:20:00.000Z'],
  ['2021-02-23 02:41:37.886 UTC', '2021-02-23T02:41:37.886Z'],
  ['2021-02-23T02:41:37.886Z', '2021-02-23T02:41:37.886Z'],
  ['2021-02-23T02:41:37Z', '2021-02-23T02:41:37.000Z'],
  ['2016-08-12T17:23:21+02:00', '2016-08-12T15:23:21.000Z'],
])('reads %s', (text, iso) => {
  expect(new Date(readDate(text) ?? NaN).toISOString()).toBe(iso);
});

test.each([
  [null],
  [undefined],
  [''],
  ['yesterday'],
  ['2016-08-12 15:23:28 CEST'],
  ['2016-99-99 15:23:28 UTC'],
])('knows no time in %s', (text) => {
  expect(readDate(text)).toBeNull();
});
