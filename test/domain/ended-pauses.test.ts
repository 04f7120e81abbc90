import { describe, expect, it } from 'vitest';
import { endedWithoutPauses } from '../../source/domain/ended-pauses.ts';
import type { Span } from '../../source/domain/snapshot.ts';
import { addSpans, emptyThroughput, type Throughput } from '../../source/domain/throughput.ts';

const batchSeconds = 30;
const [from, to, now] = [900, 2700, 3600];

/** Batches of 300 records that workers completed one after the other; a pause interrupts those of the first `paused` ones. */
function ended(workers: number, paused: number) {
  const spans: Span[] = [];
  for (let worker = 0; worker < workers; worker++)
    for (let begin = 5 * worker + 5; begin + batchSeconds <= now; ) {
      const isInterrupted = worker < paused && begin < from && begin + batchSeconds > from;
      const end = begin + batchSeconds + (isInterrupted ? to - from : 0);
      spans.push({ from: begin, to: end, records: 300 });
      begin = end;
    }
  return { ...addSpans(emptyThroughput(0), spans, now), progressAt: now };
}

const pauseOf = (tableName: string | null) => ({ tableName, from, to });
const within = ({ first, slices }: Throughput): number =>
  slices.slice(from / 10 - first, to / 10 - first).reduce((sum, records) => sum + records, 0);

describe('the batches of a table that was paused', () => {
  it.each([
    ['all of it', pauseOf('cases')],
    ['all tables', pauseOf(null)],
  ])('are beside the pause of %s', (_, pause) => {
    const without = endedWithoutPauses({ tableName: 'cases', ended: ended(4, 4), batchSeconds }, [pause], now);
    expect(without.pauses).toEqual([{ from, to }]);
    expect(within(without)).toBe(0);
  });

  it('stay where they are if its other operations went on', () => {
    const part = ended(4, 2);
    const all = [pauseOf('cases'), pauseOf('fees')];
    expect(endedWithoutPauses({ tableName: 'cases', ended: part, batchSeconds }, all, now)).toBe(part);
  });

  it('have one pause where that of the table and that of all overlap', () => {
    const table = { tableName: 'cases', ended: ended(4, 4), batchSeconds };
    const pauses = [{ tableName: null, from, to: to - 600 }, pauseOf('cases')];
    expect(endedWithoutPauses(table, pauses, now).pauses).toEqual([{ from, to }]);
  });
});
