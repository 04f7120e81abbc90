import { expect, it } from 'vitest';
import type { Statement } from '../../source/database/literals.ts';
import type { Tagged } from '../../source/database/tagged-rows.ts';
import { createEarlier } from '../../source/polling/earlier-reads.ts';
import { snapshot, target } from '../support/fixtures.ts';
import { total } from '../support/totals.ts';

const within = { ...target, scope: { text: '2h', firstId: '5', startedAt: 0 } };
const answer: Tagged[] = [
  { kind: 'earlier', body: ['failed', 3] },
  { kind: 'part', body: ['execution', 'cases\u200b'] },
];

/** Reads that take some milliseconds each; how many there were is in `reads`. */
function slow(takesMs: number) {
  let nowMs = 0;
  const reads: Statement[] = [];
  const read = async (statement: Statement): Promise<Tagged[]> => {
    reads.push(statement);
    nowMs += takesMs;
    return answer;
  };
  const earlier = createEarlier(
    read,
    () => within,
    () => nowMs,
  );
  const named = snapshot({ totals: [total({ tableName: 'cases\\u200b' }), total({ tableName: 'cases' })] });
  return {
    reads,
    async poll(afterMs: number) {
      nowMs += afterMs;
      return earlier(named);
    },
  };
}

it('what --since leaves out is read again after ten seconds, and later if that takes long', async () => {
  const fast = slow(5);
  for (let poll = 0; poll < 25; poll++) await fast.poll(1000);
  expect(fast.reads).toHaveLength(3);
  const long = slow(8000);
  for (let poll = 0; poll < 150; poll++) await long.poll(1000);
  expect(long.reads).toHaveLength(1);
  expect((await long.poll(60_000)).earlier).toEqual({ pending: 0, running: 0, paused: 0, failed: 3 });
  expect(long.reads).toHaveLength(2);
});

it('a table of which only a part is shown is found by the name that a list shows', async () => {
  const { totals } = await slow(5).poll(0);
  expect(totals.map(({ isPart }) => isPart ?? false)).toEqual([true, false]);
});
