import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkpointOf } from '../../source/domain/checkpoint.ts';
import type { CheckpointRow } from '../../source/domain/checkpoint-rows.ts';

/** One batch of a table, as another program has written it. */
interface Step {
  readonly status: CheckpointRow['status'];
  /** Which part of its records it has done, if it is not completed. */
  readonly part: number;
  /** Whether its counter is missing although it has ended. */
  readonly isUntold: boolean;
  /** Whether another row goes on with it, and whether that one is named as a retry. */
  readonly repeated: 'no' | 'by name' | 'without name';
}

const step: fc.Arbitrary<Step> = fc.record({
  status: fc.oneof(
    { weight: 8, arbitrary: fc.constant('completed' as const) },
    {
      weight: 3,
      arbitrary: fc.constantFrom('failed' as const, 'skipped' as const, 'pending' as const, 'running' as const),
    },
  ),
  part: fc.double({ min: 0, max: 0.99, noNaN: true }),
  isUntold: fc.oneof({ weight: 20, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  repeated: fc.constantFrom('no', 'no', 'by name', 'without name'),
});

const history = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 7 }),
  batch: fc.constantFrom(2, 5, 10),
  isSized: fc.boolean(),
  hasTotal: fc.boolean(),
  queries: fc.constantFrom('none', 'none', 'limit', 'between'),
  times: fc.constantFrom('one after the other', 'all at once', 'unknown'),
  isCumulative: fc.boolean(),
});
type History = typeof history extends fc.Arbitrary<infer Value> ? Value : never;

/** The rows of a history, and the records that are in the target. */
function play(given: History): { rows: readonly CheckpointRow[]; done: ReadonlySet<number> } {
  const { steps, batch, isSized, hasTotal, queries, times, isCumulative } = given;
  const done = new Set<number>();
  const rows: CheckpointRow[] = [];
  let counter = 0;

  for (const [index, { status, part, isUntold, repeated }] of steps.entries()) {
    // A program that counts what is done so far does not leave a batch out.
    const from = isCumulative ? done.size + 1 : index * batch + 1;
    const count = status === 'completed' ? batch : status === 'pending' || isCumulative ? 0 : Math.floor(part * batch);
    fill(from, count);
    counter += count;
    add(status, isCumulative ? counter : status === 'pending' || isUntold ? null : count, 'copy', from);
    // The counter is missing, and so is what it would have said.
    if (isCumulative || isUntold || status !== 'failed' || repeated === 'no') continue;
    fill(from + count, batch - count);
    add('completed', batch - count, repeated === 'by name' ? 'copy_retry' : 'copy', from);
  }
  return { rows, done };

  function fill(from: number, count: number): void {
    for (let record = from; record < from + count; record++) done.add(record);
  }

  function add(status: CheckpointRow['status'], recordsProcessed: number | null, operation: string, from: number) {
    const id = rows.length + 1;
    const isOpen = status === 'pending' || status === 'running';
    const start = times === 'unknown' || status === 'pending' ? null : times === 'all at once' ? 10 : 10 * id;
    const to = from + batch - 1;
    const limit = `SELECT * FROM s ORDER BY id LIMIT ${batch} OFFSET ${from - 1}`;
    const between = `SELECT * FROM s WHERE id BETWEEN ${from} AND ${to}`;
    rows.push({
      id,
      phase: 'execution',
      tableName: 't',
      operation,
      status,
      recordsProcessed,
      totalRecords: hasTotal ? (steps.length + 1) * batch : null,
      batchSize: isSized ? batch : null,
      sourceQuery: isCumulative || queries === 'none' ? null : queries === 'limit' ? limit : between,
      startedAt: start,
      completedAt: start === null || isOpen ? null : start + 5,
      mark: null,
    });
  }
}

/** A counter of a row that failed without saying how many records it has done is 0 to everyone. */
const isTold = ({ steps }: History): boolean =>
  steps.every(({ status, isUntold }) => !isUntold || status === 'completed' || status === 'pending');

it('never counts past a record that is not done, nor below one that is: else it is ambiguous', () => {
  let counted = 0;
  fc.assert(
    fc.property(history.filter(isTold), (given) => {
      const { rows, done } = play(given);
      const found = checkpointOf(rows, { run: null, operation: 'copy' });
      if (found.kind === 'ambiguous') return;
      counted++;
      expect({ records: found.records, last: Math.max(0, ...done) }).toEqual({ records: done.size, last: done.size });
    }),
    { numRuns: Number(process.env.MIGTOP_HISTORIES ?? 2000), seed: Number(process.env.MIGTOP_SEED ?? 1) },
  );
  expect(counted).toBeGreaterThan(0);
});

it('counts batches that were all completed, one after the other', () => {
  fc.assert(
    fc.property(history, fc.integer({ min: 1, max: 7 }), (given, count) => {
      const steps = Array.from(
        { length: count },
        () => ({ status: 'completed', part: 0, isUntold: false, repeated: 'no' }) as const,
      );
      const { rows, done } = play({ ...given, steps, isCumulative: false, times: 'one after the other' });
      expect(checkpointOf(rows, { run: null, operation: 'copy' })).toMatchObject({ kind: 'at', records: done.size });
    }),
    { numRuns: 200, seed: 1 },
  );
});
