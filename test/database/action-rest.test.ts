import { expect, it } from 'vitest';
import { inChunks } from '../../source/database/act-many.ts';
import { createActionRest, rateRestMs } from '../../source/database/action-rest.ts';
import { DatabaseError } from '../../source/database/database-error.ts';
import type { Change, RowOutcome } from '../../source/domain/bulk-actions.ts';

const connection = { read: async () => [] };

/** The rests of an action on a separate clock. `others`: how many other sessions work. */
function restOn(others: () => number | Error) {
  const clock = { ms: 0, reads: 0 };
  const read = async () => {
    clock.reads += 1;
    const found = others();
    if (found instanceof Error) throw found;
    return [{ others: found }];
  };
  return { clock, rest: createActionRest({ read }, () => clock.ms) };
}

it('rests little after the first rows, and 24 times as long as the message took after more', async () => {
  const { rest, clock } = restOn(() => 4);
  expect(await rest.restMs(10, 200)).toBeCloseTo(40);
  expect(await rest.restMs(10, 1800)).toBeCloseTo(40);
  expect(clock.reads).toBe(0);
  expect(await rest.restMs(10, 2000)).toBeCloseTo(240);
  // The same message on a server that is three times as slow.
  expect(await rest.restMs(30, 2000)).toBeCloseTo(720);
  // It waited for a lock.
  expect(await rest.restMs(5000, 2000)).toBe(4000);
});

it('rests until the rows of a message are as many as a second allows', () => {
  expect(rateRestMs(40, 40, 100)).toBe(900);
  expect(rateRestMs(10, 40, 100)).toBe(150);
  expect(rateRestMs(10, 40, 300)).toBe(0);
});

it('is faster once no other session has worked for a second, until one does', async () => {
  let working = 2;
  const { rest, clock } = restOn(() => working);
  const restAfter = (ms: number) => {
    clock.ms += ms;
    return rest.restMs(10, 50_000);
  };
  expect(await restAfter(0)).toBeCloseTo(240);
  working = 0;
  expect(await restAfter(300)).toBeCloseTo(240);
  expect(await restAfter(600)).toBeCloseTo(240);
  expect(await restAfter(400)).toBeCloseTo(10);
  // It looks four times in a second.
  const { reads } = clock;
  for (let message = 0; message < 10; message++) expect(await restAfter(20)).toBeCloseTo(10);
  expect(clock.reads).toBe(reads);
  working = 1;
  expect(await restAfter(100)).toBeCloseTo(240);
});

it('is not faster if it cannot find out who works', async () => {
  const { rest, clock } = restOn(() => new Error('no answer'));
  await rest.restMs(10, 50_000);
  clock.ms = 10_000;
  expect(await rest.restMs(10, 50_000)).toBeCloseTo(240);
});

it('sends a part again of which nothing was sent, then the others', async () => {
  const changes = [1, 2, 3].map(
    (id): Change => ({
      transition: { id, from: 'pending', to: 'paused', completedAt: 'keep', version: null, identity: null },
      tableName: 'cases',
      seenVersion: null,
    }),
  );
  const sent: number[] = [];
  let failures = 1;
  const send = async ([change]: readonly Change[]): Promise<readonly RowOutcome[]> => {
    if (change === undefined) return [];
    const { id } = change.transition;
    if (id === 2 && failures-- > 0) throw new DatabaseError('failed', 'the disk does not answer');
    if (id === 3) throw new DatabaseError('unreachable', 'not connected');
    sent.push(id);
    return [{ change, outcome: { kind: 'gone' } }];
  };
  const options = { chunkRows: 1, rowsPerSecond: 1000 };
  const outcomes = await inChunks({ connection }, changes, options, send);
  expect(sent).toEqual([1, 2]);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual([
    { kind: 'gone' },
    { kind: 'gone' },
    { kind: 'not sent', reason: 'not connected' },
  ]);
  // Nothing was changed yet: the operator sees the error at once.
  await expect(inChunks({ connection }, changes.slice(2), options, send)).rejects.toThrow('not connected');
});
