import { expect, test } from 'vitest';
import { shortIds, wholeId } from '../../../src/cli/admin/short-ids.ts';

const id = (start: string): string => `trg_${start.padEnd(32, '0')}`;

test('ids are shortened to eight digits where that tells them apart', () => {
  expect(shortIds([id('12345678a'), id('2')])).toEqual(['trg_12345678', 'trg_20000000']);
});

test('ids that begin alike are as long as it takes', () => {
  expect(shortIds([id('123456789a'), id('123456789b')])).toEqual(['trg_123456789a', 'trg_123456789b']);
});

test('the same id twice, or none, is no problem', () => {
  expect(shortIds([id('1'), id('1')])).toEqual(['trg_10000000', 'trg_10000000']);
  expect(shortIds([])).toEqual([]);
});

test('a whole id, and what is none, is not looked up', async () => {
  const api = { get: () => Promise.reject(new Error('asked')) };
  for (const given of [id('1'), 'trg_nobody', '../x', 'trg_', ''])
    expect(await wholeId(api, 'trigger', given)).toBe(given);
});

test('the beginning of an id is looked up among the ids of its kind', async () => {
  const asked: string[] = [];
  const api = {
    get: (path: string) => {
      asked.push(path);
      return Promise.resolve({ items: [{ id: 'dlv_ab12' }] });
    },
  };
  expect(await wholeId(api, 'delivery', 'ab')).toBe('dlv_ab12');
  expect(asked).toEqual(['/v1/deliveries?&limit=3&id=dlv_ab']);
});
