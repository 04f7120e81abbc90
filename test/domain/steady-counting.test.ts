import { describe, expect, it } from 'vitest';
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
