import { expect, it } from 'vitest';
import { bulkKeys } from '../../source/database/bulk-keys.ts';
import { bulkOf } from '../../source/domain/bulk-key.ts';

const uuid = /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

it('the keys of an action on many are UUIDs with the same beginning, each another one', () => {
  const [nextKey, other] = [bulkKeys(), bulkKeys()];
  const keys = Array.from({ length: 300 }, () => nextKey());
  expect(keys.filter((key) => !uuid.test(key))).toEqual([]);
  expect(new Set(keys).size).toBe(300);
  expect([...new Set(keys.map(bulkOf))]).toEqual([keys[0]?.slice(0, 24)]);
  expect(bulkOf(other())).not.toBe(bulkOf(keys[0] ?? null));
});

it('a chunk of the local audit belongs to the action on many of its key', () => {
  const nextKey = bulkKeys();
  expect(bulkOf(`${nextKey()}/7`)).toBe(bulkOf(nextKey()));
  expect(bulkOf('old/7')).toBe('old');
});

it.each([null, '0b8cfa7e-1c3f-4a5e-9d35-3a1a2f6f0f10', 'x'])('%s is of no bulk', (key) => {
  expect(bulkOf(key)).toBeNull();
});
