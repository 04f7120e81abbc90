import { expect, it } from 'vitest';
import { batchKeys } from '../../source/database/batch-keys.ts';
import { batchOf } from '../../source/domain/batch-key.ts';

const uuid = /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

it('the keys of a batch are UUIDs with the same beginning, each another one', () => {
  const [nextKey, other] = [batchKeys(), batchKeys()];
  const keys = Array.from({ length: 300 }, () => nextKey());
  expect(keys.filter((key) => !uuid.test(key))).toEqual([]);
  expect(new Set(keys).size).toBe(300);
  expect([...new Set(keys.map(batchOf))]).toEqual([keys[0]?.slice(0, 24)]);
  expect(batchOf(other())).not.toBe(batchOf(keys[0] ?? null));
});

it('a chunk of the local audit belongs to the batch of its key', () => {
  const nextKey = batchKeys();
  expect(batchOf(`${nextKey()}/7`)).toBe(batchOf(nextKey()));
  expect(batchOf('old/7')).toBe('old');
});

it.each([null, '0b8cfa7e-1c3f-4a5e-9d35-3a1a2f6f0f10', 'x'])('%s is of no batch', (key) => {
  expect(batchOf(key)).toBeNull();
});
