import { describe, expect, it } from 'vitest';
import { type Observation, observe } from '../../source/domain/observation.ts';
import type { Operation } from '../../source/domain/operation.ts';
import { phaseRateAndEta } from '../../source/domain/rate-and-eta.ts';
import { tableRateAndEta } from '../../source/domain/table-eta.ts';
import { createLedger } from '../../source/polling/ledger.ts';
import { usualLimits } from '../../source/polling/ledger-limits.ts';
import { fakeDatabase, insertRow, step, updateRow, workOff } from '../support/fake-database.ts';
import { operation } from './build.ts';

interface Retry {
  /** How many records the retry reports at a time, and in how many seconds. */
  readonly records: number;
  readonly seconds: number;
  /** How long nothing moves before it, in seconds. */
  readonly stillSeconds?: number;
  /** How long before it the first poll is, in seconds; absent: polls see all. */
  readonly polledBefore?: number;
}

const workedSeconds = 300;
const pollSeconds = 2;

/** Four workers with batches of 20 s stop within a batch; later one worker repeats a failed batch alone. */
function repeatedAlone({ records, seconds, stillSeconds = 900, polledBefore = 9999 }: Retry, until: number) {
  const database = fakeDatabase();
  const began = database.now;
  const row = { operation: 'batch_migration', totalRecords: 1_000_000, batchSize: 500, recordsProcessed: 0 };
  const put = (fields: Partial<Operation>): number =>
    insertRow(database, operation({ id: database.nextId(), ...row, ...fields }));
  const write = (id: number, fields: Partial<Operation>): void => updateRow(database, id, fields);
  put({
    status: 'failed',
    startedAt: began - 60,
    completedAt: began - 40,
    workerId: 1,
    errorMessage: 'deadlock detected',
  });
  const running = new Map<number, number>();
  let retry: number | null = null;
  const ledger = createLedger(usualLimits);
  let observation: Observation | null = null;
  const seen: { since: number; phase: number | null; table: number | null; high: number | null; left: number }[] = [];
  const retryAt = workedSeconds + stillSeconds;
  const size = records * 60;
  for (let at = 0; at <= retryAt + until; at++) {
    database.now = began + at;
    for (let worker = 1; worker <= 4 && at < workedSeconds; worker++) {
      const id = running.get(worker);
      const from = (at + 5 * worker) % 20;
      if (from !== 0 && id !== undefined) continue;
      if (id !== undefined) write(id, { status: 'completed', recordsProcessed: 500, completedAt: began + at });
      running.set(worker, put({ status: 'running', startedAt: began + at, workerId: worker }));
    }
    if (at === retryAt)
      retry = put({
        operation: 'batch_migration_retry',
        status: 'running',
        startedAt: began + at,
        workerId: 9,
        batchSize: size,
      });
    const since = at - retryAt;
    if (retry !== null && since > 0 && since % seconds === 0)
      write(retry, { recordsProcessed: (records * since) / seconds });
    if (at % pollSeconds !== 0 || at < retryAt - polledBefore) continue;
    step(ledger, database);
    workOff(ledger, database);
    observation = observe(observation, { ...ledger.snapshot(), sessions: [] });
    const [table] = observation.tables;
    if (since <= 0 || table === undefined) continue;
    const phase = phaseRateAndEta(observation);
    seen.push({
      since,
      phase: phase.recordsPerSecond,
      table: tableRateAndEta(observation, table).recordsPerSecond,
      high: phase.eta?.highSeconds ?? null,
      left: 60 * seconds - since,
    });
  }
  return seen;
}

describe('the rate of an operation that is repeated alone', () => {
  it.each([
    { records: 10, seconds: 1 },
    { records: 100, seconds: 10 },
    { records: 500, seconds: 25 },
    { records: 200, seconds: 40 },
    { records: 100, seconds: 10, stillSeconds: 240 },
    { records: 10, seconds: 1, polledBefore: 300 },
    { records: 100, seconds: 10, polledBefore: 300 },
    { records: 500, seconds: 25, polledBefore: 300 },
    { records: 500, seconds: 25, polledBefore: 120 },
    { records: 200, seconds: 40, polledBefore: 300 },
  ])(
    'is its own a minute after all others had stalled: $records records in $seconds s, first polled $polledBefore s before',
    (retry) => {
      const rate = retry.records / retry.seconds;
      const later = repeatedAlone(retry, 400).filter(({ since }) => since > Math.max(60, 2 * retry.seconds));
      expect(later.length).toBeGreaterThan(100);
      const isOff = (one: number | null): boolean => one === null || Math.abs(one - rate) > 0.05 * rate;
      expect(later.filter(({ phase, table }) => isOff(phase) || isOff(table))).toEqual([]);
    },
  );
});
