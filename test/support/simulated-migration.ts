import { type Observation, observe } from '../../source/domain/observation.ts';
import type { Operation } from '../../source/domain/operation.ts';
import { createLedger } from '../../source/polling/ledger.ts';
import { usualLimits } from '../../source/polling/ledger-limits.ts';
import { operation } from '../domain/build.ts';
import { fakeDatabase, step, workOff } from './fake-database.ts';

/** A migration with known totals, on a virtual clock. Every time is in seconds from its start. */
export interface Migration {
  readonly totalRecords: number;
  readonly batchSize: number;
  readonly workers: number;
  /** Seconds that a batch takes, by how many records of the table were done before it. */
  readonly batchSeconds: (done: number) => number;
  /** How far the duration of a batch is from that, at most, as a share of it. */
  readonly jitter?: number;
  /** One row for each batch, or one row for each worker that counts all of its batches. */
  readonly rows: 'batch' | 'operation';
  /** When an operator pauses everything, and resumes it. */
  readonly pauses?: readonly { readonly from: number; readonly to: number }[];
  /** When the workers die, their rows still running; `to` is when they come back, absent where they do not. */
  readonly stops?: readonly { readonly from: number; readonly to?: number }[];
  /** How many records there really are, where that is not the total. */
  readonly realRecords?: number;
  /** How long it ran before migtop was started. */
  readonly before?: number;
}

/** What an observation showed, and what was true. */
export interface Minute {
  readonly at: number;
  readonly observation: Observation;
  /** Whether workers are at work. */
  readonly isProgressing: boolean;
  /** Seconds of work that are left. */
  readonly left: number;
  /** Records a second, as the workers processed them: over the last minute, or over the time of four batches if that is longer. */
  readonly rate: number;
  /** Records a second without the chance in the durations of batches, if all workers are at work. */
  readonly usualRate: number;
}

/** A small, seeded generator: the same history for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 3_266_489_917) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

interface Batch {
  readonly worker: number;
  readonly records: number;
  /** Of running time. */
  readonly from: number;
  readonly to: number;
}

/** All batches of a migration, in running time: without pauses and stops. */
function batchesOf(migration: Migration, random: () => number): Batch[] {
  const free = Array.from({ length: migration.workers }, () => 0);
  const batches: Batch[] = [];
  const records = migration.realRecords ?? migration.totalRecords;
  for (let done = 0; done < records; done += migration.batchSize) {
    const worker = free.indexOf(Math.min(...free));
    const from = free[worker] ?? 0;
    const seconds = migration.batchSeconds(done) * (1 + (migration.jitter ?? 0) * (2 * random() - 1));
    free[worker] = from + seconds;
    batches.push({ worker, records: Math.min(migration.batchSize, records - done), from, to: from + seconds });
  }
  return batches;
}

/** Plays a migration and polls it every second; returns what each minute showed. */
export function simulate(migration: Migration, seed = 1, pollSeconds = 1): Minute[] {
  const random = seeded(seed);
  const batches = batchesOf(migration, random);
  const halts = [...(migration.pauses ?? []), ...(migration.stops ?? [])]
    .map(({ from, to }) => ({ from, to: to ?? Number.POSITIVE_INFINITY }))
    .sort((a, b) => a.from - b.from);
  const running = (at: number): number =>
    halts.reduce((seconds, halt) => seconds - Math.max(0, Math.min(at, halt.to) - halt.from), at);
  const wall = (seconds: number): number =>
    halts.reduce((at, halt) => (at > halt.from ? at + (halt.to - halt.from) : at), seconds);
  const end = Math.max(...batches.map(({ to }) => to));
  const database = fakeDatabase();
  const began = database.now;
  const ledger = createLedger(usualLimits);
  let observation: Observation | null = null;
  const events = eventsOf(migration, batches, wall);
  const minutes: Minute[] = [];
  const last = Number.isFinite(wall(end)) ? wall(end) + 180 : (halts.at(-1)?.from ?? 0) + 900;
  let next = 0;
  const ids = new Map<string, number>();
  for (let at = 0; at <= last; at += pollSeconds) {
    database.now = began + at;
    for (; next < events.length && (events[next]?.at ?? 0) <= at; next++) {
      const event = events[next];
      if (event === undefined) break;
      const change = database.begin();
      const known = ids.get(event.key);
      if (known === undefined) {
        const id = database.nextId();
        ids.set(event.key, id);
        change.put(event.row(operation({ id }), began));
      } else change.change(known, (row) => event.row(row, began));
      change.commit();
    }
    if (at < (migration.before ?? 0)) continue;
    step(ledger, database);
    workOff(ledger, database);
    observation = observe(observation, ledger.snapshot());
    if (at === 0 || Math.round(at) % 60 !== 0) continue;
    const now = running(at);
    const isPaused = migration.pauses?.some(({ from }) => at === from) ?? false;
    const isHalted = isPaused || halts.some((halt) => at > halt.from && at <= halt.to);
    const done = batches.reduce((sum, batch) => sum + processed(batch, Number.NEGATIVE_INFINITY, now), 0);
    const batchSeconds = migration.batchSeconds(done);
    minutes.push({
      at,
      observation,
      isProgressing: !isHalted && now < end,
      left: end - now,
      rate: rateOver(batches, now, Math.max(60, (4 * batchSeconds) / migration.workers)),
      usualRate: (migration.workers * migration.batchSize) / batchSeconds,
    });
  }
  return minutes;
}

/** The mean of a worker over the last `seconds`, for as many workers as were at work in the last minute. */
function rateOver(batches: readonly Batch[], at: number, seconds: number): number {
  const records = batches.reduce((sum, batch) => sum + processed(batch, at - seconds, at), 0);
  const workers = atWork(batches, at - seconds, at);
  return workers === 0 ? 0 : (records / workers) * (atWork(batches, at - 60, at) / 60);
}

/** The records of a batch that were processed from one moment to another. */
function processed(batch: Batch, from: number, to: number): number {
  return (batch.records * atWork([batch], from, to)) / (batch.to - batch.from);
}

/** The seconds that batches took, from one moment to another. */
function atWork(batches: readonly Batch[], from: number, to: number): number {
  return batches.reduce((sum, batch) => sum + Math.max(0, Math.min(to, batch.to) - Math.max(from, batch.from)), 0);
}

interface Event {
  readonly at: number;
  readonly key: string;
  readonly row: (row: Operation, began: number) => Operation;
}

/** What the workers and the operator write, in order. */
function eventsOf(migration: Migration, batches: readonly Batch[], wall: (seconds: number) => number): Event[] {
  const events: Event[] = [];
  const lives: { key: string; from: number; to: number }[] = [];
  const { totalRecords, batchSize } = migration;
  if (migration.rows === 'batch') {
    batches.forEach((batch, index) => {
      const key = `batch ${index}`;
      const [from, to] = [wall(batch.from), wall(batch.to)];
      lives.push({ key, from, to });
      events.push({
        at: from,
        key,
        row: (row, began) => ({
          ...row,
          status: 'running',
          workerId: batch.worker,
          recordsProcessed: 0,
          totalRecords,
          batchSize,
          startedAt: began + from,
        }),
      });
      events.push({
        at: to,
        key,
        row: (row, began) => ({
          ...row,
          status: 'completed',
          recordsProcessed: batch.records,
          completedAt: began + to,
        }),
      });
    });
  } else {
    for (let worker = 0; worker < migration.workers; worker++) {
      const own = batches.filter((batch) => batch.worker === worker);
      const share = own.reduce((sum, { records }) => sum + records, 0);
      const key = `worker ${worker}`;
      const [from, to] = [wall(own[0]?.from ?? 0), wall(own.at(-1)?.to ?? 0)];
      lives.push({ key, from, to });
      const total = migration.workers === 1 ? totalRecords : share;
      events.push({
        at: from,
        key,
        row: (row, began) => ({
          ...row,
          status: 'running',
          workerId: worker,
          recordsProcessed: 0,
          totalRecords: total,
          batchSize,
          startedAt: began + from,
        }),
      });
      for (const batch of own) {
        events.push({
          at: wall(batch.to),
          key,
          row: (row) => ({ ...row, recordsProcessed: (row.recordsProcessed ?? 0) + batch.records }),
        });
      }
      events.push({ at: to, key, row: (row, began) => ({ ...row, status: 'completed', completedAt: began + to }) });
    }
  }
  for (const pause of migration.pauses ?? []) {
    for (const { key, from, to } of lives) {
      if (from > pause.from || to < pause.from) continue;
      events.push({ at: pause.from, key, row: (row) => ({ ...row, status: 'paused' }) });
      events.push({ at: pause.to, key, row: (row) => ({ ...row, status: 'running' }) });
    }
  }
  return events.filter(({ at }) => Number.isFinite(at)).sort((a, b) => a.at - b.at);
}
