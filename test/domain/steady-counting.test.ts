import { describe, expect, it } from 'vitest';
import { createRandom } from '../../source/demo/random.ts';
import { countingChanges } from '../../source/domain/counting-changes.ts';
import { type Observation, observe } from '../../source/domain/observation.ts';
import type { Operation } from '../../source/domain/operation.ts';
import { at, operation, snapshot } from './build.ts';

const noon = at('12:00');

/** Batches of 500 of 9,000 records: `[id, counter]` each, one after the other. */
const batches = (...counters: readonly (readonly [id: number, records: number])[]): Operation[] =>
  counters.map(([id, recordsProcessed]) =>
    operation({
      id,
      phase: 'execution',
      tableName: 'cases',
      status: 'completed',
      recordsProcessed,
      totalRecords: 9000,
      batchSize: 500,
      startedAt: noon - 1000 + id,
      completedAt: noon - 990 + id,
    }),
  );
const perBatch = batches([1, 500], [2, 450], [3, 500]);
const unclear = batches([1, 800], [2, 3000]);

/** Observations of the rows, a poll each at so many seconds. */
function play(...polls: readonly (readonly [seconds: number, rows: readonly Operation[]])[]) {
  let before: Observation | null = null;
  return polls.map(([seconds, rows]) => {
    const latest = observe(before, snapshot(noon + seconds, rows));
    const changes = countingChanges(before, latest);
    before = latest;
    return { counting: latest.tables[0]?.counting, events: changes.map(({ to }) => to) };
  });
}

describe('the way in which a table is counted', () => {
  it('is decided by the rows at the first poll', () => {
    expect(play([0, perBatch])).toEqual([{ counting: 'per batch', events: [] }]);
    expect(play([0, unclear])).toEqual([{ counting: 'unclear', events: [] }]);
  });

  it('stays while the rows show another way for less than half a minute', () => {
    const polls = play([0, perBatch], [1, unclear], [29, unclear], [30, perBatch], [31, unclear], [60, unclear]);
    expect(polls).toEqual(polls.map(() => ({ counting: 'per batch', events: [] })));
  });

  it('changes once, as an event, when the rows have done so for half a minute', () => {
    expect(play([0, perBatch], [1, unclear], [31, unclear], [32, unclear])).toEqual([
      { counting: 'per batch', events: [] },
      { counting: 'per batch', events: [] },
      { counting: 'unclear', events: ['unclear'] },
      { counting: 'unclear', events: [] },
    ]);
  });

  it('is proven at once after it was unclear', () => {
    expect(play([0, unclear], [1, perBatch]).map(({ counting }) => counting)).toEqual(['unclear', 'per batch']);
  });

  it('is judged again after another server has answered', () => {
    expect(play([0, perBatch], [-5, unclear]).map(({ counting }) => counting)).toEqual(['per batch', 'unclear']);
  });
});

it('never makes the records of a table fall without an event, except before its way of counting is proven', () => {
  let falls = 0;
  for (let seed = 1; seed <= 150; seed++) {
    const random = createRandom(seed);
    const rows: Operation[] = [];
    let before: Observation | null = null;
    let counter = 0;
    for (let id = 1; id <= 3 + random() * 5; id++) {
      counter += Math.ceil(500 * (0.5 + random()));
      const recordsProcessed = random() < 0.6 ? counter : Math.ceil((random() < 0.5 ? 500 : 3000) * random());
      const [row] = batches([id, recordsProcessed]);
      if (row === undefined) throw new Error('no row');
      const isOpen = random() < 0.2;
      const totalRecords = random() < 0.8 ? 9000 : random() < 0.5 ? recordsProcessed : 500;
      rows.push({ ...row, totalRecords, ...(isOpen ? { status: 'running', completedAt: null } : {}) });
      for (const seconds of [0, 31]) {
        const latest = observe(before, snapshot(noon + id * 100 + seconds, [...rows]));
        const [was, now] = [before?.tables[0], latest.tables[0]];
        const isTold = countingChanges(before, latest).length > 0;
        if (was !== undefined && now !== undefined && now.recordsProcessed < was.recordsProcessed) {
          falls++;
          expect(isTold || !was.isProven, `history ${seed}`).toBe(true);
        }
        before = latest;
      }
    }
  }
  expect(falls).toBeGreaterThan(2);
});
