import { describe, expect, it } from 'vitest';
import { type Observation, observe } from '../../source/domain/observation.ts';
import { phaseRateAndEta } from '../../source/domain/rate-and-eta.ts';
import { stallsOf } from '../../source/domain/stalled-operations.ts';
import { createLedger } from '../../source/polling/ledger.ts';
import { fakeDatabase, step, workOff } from '../support/fake-database.ts';
import { operation } from './build.ts';

/** Records a second, whatever the batch size is. */
const speed = 100;
const first = 500;

/**
 * One worker whose batch size is changed within a batch, polled every second: it takes the new size with its next batch, as
 * `migtop/worker` does. Returns what each later poll showed.
 */
function watch(size: number, changedAt = 302, end = 700): Observation[] {
  const database = fakeDatabase();
  const ledger = createLedger();
  const began = database.now;
  const id = database.nextId();
  const write = (change: (one: ReturnType<typeof database.begin>) => void): void => {
    const transaction = database.begin();
    change(transaction);
    transaction.commit();
  };
  const row = {
    status: 'running',
    workerId: 1,
    startedAt: began,
    recordsProcessed: 0,
    totalRecords: 5_000_000,
  } as const;
  write((one) => one.put(operation({ id, ...row, batchSize: first })));
  let [batch, endsAt, done] = [first, first / speed, 0];
  let seen: Observation | null = null;
  const shown: Observation[] = [];
  for (let at = 0; at <= end; at++) {
    database.now = began + at;
    if (at === changedAt) write((one) => one.change(id, (now) => ({ ...now, batchSize: size })));
    while (endsAt <= at) {
      done += batch;
      const records = done;
      write((one) => one.change(id, (now) => ({ ...now, recordsProcessed: records })));
      batch = at > changedAt ? size : first;
      endsAt += batch / speed;
    }
    step(ledger, database);
    workOff(ledger, database);
    seen = observe(seen, ledger.snapshot());
    if (at >= changedAt) shown.push(seen);
  }
  return shown;
}

describe.each([
  ['ten times as large', 10 * first],
  ['three times as large', 3 * first],
  ['a tenth', first / 10],
])('a batch size that becomes %s', (_, size) => {
  const polls = watch(size);

  it('leaves the rate within 5 % of the true one in every poll, and an ETA', () => {
    const rates = polls.map((poll) => phaseRateAndEta(poll));
    expect(rates.filter(({ recordsPerSecond }) => Math.abs((recordsPerSecond ?? 0) / speed - 1) > 0.05)).toEqual([]);
    expect(rates.filter(({ eta }) => eta === null)).toEqual([]);
  });

  it('makes no operation stalled that works on as before', () => {
    expect(polls.flatMap((poll) => stallsOf(poll).all)).toEqual([]);
  });
});
