import type { Eta } from '../../source/domain/eta.ts';
import { type Observation, observe } from '../../source/domain/observation.ts';
import type { Operation, Phase } from '../../source/domain/operation.ts';
import { pausedByTable, type Resume } from '../../source/domain/resumes.ts';
import { formatSessionName } from '../../source/domain/session-name.ts';
import type { Snapshot } from '../../source/domain/snapshot.ts';
import { localSeconds, type Zone } from '../../source/domain/zone.ts';
import { paceAfter } from '../../source/monitor/pace.ts';
import type { Pace } from '../../source/monitor/state.ts';
import { createLedger } from '../../source/polling/ledger.ts';
import type { Ledger } from '../../source/polling/ledger-interface.ts';
import { usualLimits } from '../../source/polling/ledger-limits.ts';
import { operation } from '../domain/build.ts';
import { type FakeDatabase, fakeDatabase, step, workOff } from './fake-database.ts';
import { statusOf } from './simulated-status.ts';

/** A migration with known totals, on a virtual clock. Every time is in seconds from its start. */
export interface Migration {
  /** The records of each table. */
  readonly totalRecords: number;
  readonly batchSize: number;
  readonly workers: number;
  /** Seconds that a batch takes, by how many records of the table were done before it. */
  readonly batchSeconds: (done: number) => number;
  /** How far the duration of a batch is from that, at most, as a share of it. */
  readonly jitter?: number;
  /**
   * `batch`: a row for each batch, inserted when it begins. `pending`: the same, but all are inserted at the start. `cumulative`: a
   * row for each batch with the counter of all batches until then. `operation`: a row for each worker and table, which counts all
   * of its batches, with its own total if there are several workers; `shared`: the same, with the total of the table. `ranges`: a
   * row for some twenty batches with its own total, inserted at the start.
   */
  readonly rows: 'batch' | 'pending' | 'cumulative' | 'operation' | 'shared' | 'ranges';
  /** How many times a worker reports while it processes a batch; absent: once, at its end. */
  readonly reportsPerBatch?: number;
  /** How many tables there are, and whether the workers take one after the other, or a batch of each in turn. */
  readonly tables?: number;
  readonly isInTurn?: boolean;
  /** How many times as long a batch of each table takes; absent: they take the same time. */
  readonly slowness?: readonly number[];
  /** How long the validation of a table takes, after all have been copied; absent if there is none. */
  readonly validationSeconds?: number;
  /** When an operator pauses everything, and resumes it. */
  readonly pauses?: readonly { readonly from: number; readonly to: number }[];
  /** From when on, in seconds of work, each batch takes this many times as long; absent where the speed stays. */
  readonly change?: { readonly at: number; readonly times: number };
  /** When the workers die, their rows still running; `to` is when they come back, absent where they do not. */
  readonly stops?: readonly { readonly from: number; readonly to?: number }[];
  /** How many records there really are, where that is not the total. */
  readonly realRecords?: number;
  /** The share of its records that each batch processes, the others are left out; absent: all. */
  readonly batchShare?: number;
  /** How long it ran before migtop was started. */
  readonly before?: number;
  /** The zone of the clock that writes the timestamps, and the instant at which the migration begins. */
  readonly zone?: Zone;
  readonly beganAt?: number;
  /** How far the clock of the workers is behind that of the zone, as that of a writer in UTC; absent: not. */
  readonly writerBehind?: number;
  /** Whether the workers name their sessions, as those of `migtop/worker` do. */
  readonly isNamed?: boolean;
  /** Every how many minutes `migtop status` runs; absent: never. */
  readonly statusMinutes?: number;
  /** Whether another monitor is opened every minute, and closed after it. */
  readonly hasYoung?: boolean;
}

/** The figures of an observation, and the true ones. */
export interface Minute {
  readonly at: number;
  readonly observation: Observation;
  /** The ETA that the monitor shows, after those of all polls before it; null if there is none. */
  readonly shown: Eta | null;
  /** By how many seconds the shown ends have moved on a clock in this minute, from one look to the next ten seconds later. */
  readonly moves: readonly number[];
  /** The figures of `migtop status`; null if it was not run. */
  readonly status: ReturnType<typeof statusOf> | null;
  /** The figures of a monitor that was opened a minute ago; null if there is none. */
  readonly young: Observation | null;
  /** Whether workers are at work. */
  readonly isProgressing: boolean;
  /** For how many seconds they have been at work, or not. */
  readonly sinceSeconds: number;
  /** The phase that they are at. */
  readonly phase: Phase;
  /** For how many seconds of work they have been at it. */
  readonly phaseSeconds: number;
  /** Seconds of work that are left of the phase that the workers are at. */
  readonly left: number;
  /** Records a second, as the workers processed them: over the last minute, or over the time of four batches if that is longer. */
  readonly rate: number;
  /** The same over the last minute of work, and over any number of seconds. */
  readonly minuteRate: number;
  readonly rateOver: (seconds: number) => number;
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
  readonly phase: Phase;
  readonly table: string;
  readonly worker: number;
  /** The number of its range, if its table has rows for ranges. */
  readonly range: number;
  readonly records: number;
  /** The records of its table after it. */
  readonly until: number;
  /** Seconds of running time. */
  readonly from: number;
  readonly to: number;
}

/** Whether each row has its own total. */
const hasRanges = ({ rows, workers }: Migration): boolean => rows === 'ranges' || (rows === 'operation' && workers > 1);

/** At which record each range of a table begins, and at the end the total: two ranges have different totals. */
function rangesOf({ rows, workers, totalRecords, batchSize }: Migration): number[] {
  const starts: number[] = [];
  const parts = rows === 'operation' ? Array.from({ length: workers }, (_, one) => 2 + (one % 2)) : [];
  const whole = parts.reduce((sum, part) => sum + part, 0);
  let start = 0;
  for (let one = 0; start < totalRecords; one++) {
    starts.push(start);
    start +=
      rows === 'operation'
        ? Math.ceil((totalRecords * (parts[one] ?? 0)) / whole / batchSize) * batchSize
        : (one % 2 === 0 ? 16 : 24) * batchSize;
  }
  return [...starts, totalRecords];
}

/** All batches of a migration, in running time: without pauses and stops. */
function batchesOf(migration: Migration, random: () => number): Batch[] {
  const free = Array.from({ length: migration.workers }, () => 0);
  const batches: Batch[] = [];
  const take = (
    batch: Pick<Batch, 'phase' | 'table' | 'range' | 'records' | 'until'>,
    usual: number,
    worker = free.indexOf(Math.min(...free)),
  ): void => {
    const from = free[worker] ?? 0;
    const { change } = migration;
    const times = change !== undefined && from >= change.at ? change.times : 1;
    const seconds = times * usual * (1 + (migration.jitter ?? 0) * (2 * random() - 1));
    free[worker] = from + seconds;
    batches.push({ ...batch, worker, from, to: from + seconds });
  };
  const { batchShare = 1 } = migration;
  const records = migration.realRecords ?? migration.totalRecords;
  const tables = Array.from({ length: migration.tables ?? 1 }, (_, index) => `table_${index + 1}`);
  const count = Math.ceil(records / migration.batchSize);
  if (hasRanges(migration)) {
    const starts = rangesOf(migration);
    const ranges = starts.length - 1;
    for (let one = 0; one < ranges * tables.length; one++) {
      const [table, range] = [Math.floor(one / ranges), one % ranges];
      const worker = free.indexOf(Math.min(...free));
      // A range that is short ends after fewer batches; how much shorter it is differs.
      const short = (1 - records / migration.totalRecords) * 2 * random();
      let left = Math.max(1, Math.round(rangeTotal(migration, range) * (1 - short)));
      for (let until = 0; left > 0; ) {
        const size = Math.min(left, migration.batchSize);
        left -= size;
        until += size;
        const done = Math.min(migration.totalRecords, (starts[range] ?? 0) + until - size);
        take(
          { phase: 'execution', table: tables[table] ?? '', range: one, records: size * batchShare, until },
          migration.batchSeconds(done) * (migration.slowness?.[table] ?? 1),
          worker,
        );
      }
    }
  }
  for (let one = 0; one < count * tables.length && !hasRanges(migration); one++) {
    const [table, batch] = migration.isInTurn
      ? [one % tables.length, Math.floor(one / tables.length)]
      : [Math.floor(one / count), one % count];
    const done = batch * migration.batchSize;
    const size = Math.min(migration.batchSize, records - done);
    take(
      {
        phase: 'execution',
        table: tables[table] ?? '',
        range: 0,
        records: size * batchShare,
        until: (done + size) * batchShare,
      },
      migration.batchSeconds(done) * (migration.slowness?.[table] ?? 1),
    );
  }
  const { validationSeconds } = migration;
  if (validationSeconds === undefined) return batches;
  free.fill(Math.max(...free));
  const ends = [...free];
  for (const table of tables) {
    // A check reports twenty times.
    const worker = ends.indexOf(Math.min(...ends));
    for (let part = 1; part <= 20; part++) {
      const from = ends[worker] ?? 0;
      const to = from + validationSeconds / 20;
      ends[worker] = to;
      batches.push({
        phase: 'validation',
        table,
        worker,
        range: 0,
        records: records / 20,
        until: (records * part) / 20,
        from,
        to,
      });
    }
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
  const phases = [...Map.groupBy(batches, ({ phase }) => phase)].map(([phase, own]) => ({
    phase,
    end: Math.max(...own.map(({ to }) => to)),
  }));
  const end = phases.at(-1)?.end ?? 0;
  const database = fakeDatabase(zoned(migration));
  if (migration.beganAt !== undefined) database.now = migration.beganAt;
  const began = database.now;
  const ledger = createLedger(usualLimits);
  let observation: Observation | null = null;
  let pace: Pace | null = null;
  let moves: number[] = [];
  let looked: Pace | null = null;
  let young: { readonly ledger: Ledger; readonly seen: Observation | null } | null = null;
  const { play, sessions, resumes } = player(
    database,
    eventsOf(migration, batches, wall),
    began,
    migration.writerBehind ?? 0,
  );
  /** The sessions of the workers that are alive: each shows when it ended its last batch. */
  const sessionsNow = (at: number): Sessions => {
    const isDead = migration.stops?.some(({ from, to }) => at >= from && at < (to ?? Number.POSITIVE_INFINITY));
    const seen = migration.isNamed !== true || isDead === true ? noSessions : sessions(at);
    const ended = (migration.pauses ?? []).filter(({ to }) => to <= at);
    const ofAll = ended.map(({ from, to }) => ({ tableName: null, from: began + from, to: began + to }));
    if (resumes.size === 0) return seen;
    const rows = [...resumes.keys()].flatMap((operationId) => {
      const row = database.rows.get(operationId);
      return row === undefined ? [] : [{ operationId, row }];
    });
    const pausedSeconds = pausedByTable(rows, resumes);
    return { ...seen, resumes, pausedSeconds, ...(ofAll.length > 0 && { pauses: ofAll }) };
  };
  const minutes: Minute[] = [];
  const last = Number.isFinite(wall(end)) ? wall(end) + 180 : (halts.at(-1)?.from ?? 0) + 900;
  for (let at = 0; at <= last; at += pollSeconds) {
    const isMinute = at > 0 && Math.round(at) % 60 === 0;
    const isStatus = isMinute && migration.statusMinutes !== undefined && (at / 60) % migration.statusMinutes === 0;
    const status = isStatus
      ? statusOf(database, migration.zone, (secondsAgo) => {
          play(at - secondsAgo);
          database.now = began + at - secondsAgo;
          return sessionsNow(at - secondsAgo);
        })
      : null;
    play(at);
    database.now = began + at;
    if (at < (migration.before ?? 0)) continue;
    step(ledger, database);
    workOff(ledger, database);
    const { sessions: named, backends, ...pauses } = sessionsNow(at);
    // Polls read all sessions first, and later only if an operation may stand still.
    const shownTo = (before: Observation | null) => ({
      sessions: named,
      ...(before === null && backends !== undefined && { backends }),
      ...pauses,
    });
    observation = observe(observation, { ...ledger.snapshot(), ...zoned(migration), ...shownTo(observation) });
    const after = paceAfter(pace, observation);
    pace = after;
    if (at % moveSeconds < pollSeconds) {
      moves.push(...movesOf(looked, after));
      looked = after;
    }
    if (young !== null) {
      step(young.ledger, database);
      workOff(young.ledger, database);
      const { ledger: own, seen }: { readonly ledger: Ledger; readonly seen: Observation | null } = young;
      young = { ledger: own, seen: observe(seen, { ...own.snapshot(), ...zoned(migration), ...shownTo(seen) }) };
    }
    if (!isMinute) continue;
    const seenByYoung: Observation | null = young?.seen ?? null;
    young = migration.hasYoung === true ? { ledger: createLedger(usualLimits), seen: null } : null;
    const now = running(at);
    const isPaused = migration.pauses?.some(({ from }) => at === from) ?? false;
    const halt = halts.find((one) => at > one.from && at <= one.to);
    const phase = phases.find((one) => now < one.end) ?? { phase: 'execution', end };
    const own = batches.filter((batch) => batch.phase === phase.phase);
    const done = own.reduce((sum, batch) => sum + processed(batch, Number.NEGATIVE_INFINITY, now), 0);
    const batchSeconds = migration.batchSeconds(done / (migration.tables ?? 1));
    // Before the phase began, its workers were at work on another one.
    const phaseSeconds = now - Math.min(...own.map(({ from }) => from));
    minutes.push({
      at,
      observation,
      shown: pace.eta,
      moves,
      status,
      young: seenByYoung,
      isProgressing: !isPaused && halt === undefined && now < end,
      sinceSeconds:
        at - (halt?.from ?? Math.max(0, ...halts.map(({ to }) => (to < at ? to : 0)), now < end ? 0 : wall(end))),
      phase: phase.phase,
      left: phase.end - now,
      phaseSeconds,
      rate: rateOver(own, now, Math.max(60, (4 * batchSeconds) / migration.workers), phaseSeconds),
      minuteRate: rateOver(own, now, 60, phaseSeconds),
      rateOver: (seconds) => rateOver(own, now, seconds, phaseSeconds),
      usualRate: (migration.workers * migration.batchSize) / batchSeconds,
    });
    moves = [];
  }
  return minutes;
}

type Shown = Pick<Pace, 'eta'>;

/** Every how many seconds somebody looks at the ends. */
const moveSeconds = 10;

/** By how many seconds the earlier and the later end have moved on a clock from one look to the next. */
function movesOf(before: Shown | null, { eta }: Shown): number[] {
  if (before === null || before.eta === null || eta === null) return [];
  const { lowSeconds, highSeconds } = before.eta;
  return [eta.lowSeconds - lowSeconds + moveSeconds, eta.highSeconds - highSeconds + moveSeconds].map(Math.abs);
}

const zoned = ({ zone }: Migration): { zone?: Zone } => (zone === undefined ? {} : { zone });

/** The mean of a worker over the last `seconds`, for as many workers as were at work in the last minute. */
function rateOver(batches: readonly Batch[], at: number, seconds: number, phaseSeconds: number): number {
  const records = batches.reduce((sum, batch) => sum + processed(batch, at - seconds, at), 0);
  const workers = atWork(batches, at - seconds, at);
  const last = Math.min(60, phaseSeconds);
  return workers === 0 ? 0 : (records / workers) * (atWork(batches, at - last, at) / last);
}

/** The records of a batch that were processed from one moment to another. */
function processed(batch: Batch, from: number, to: number): number {
  return (batch.records * Math.max(0, Math.min(to, batch.to) - Math.max(from, batch.from))) / (batch.to - batch.from);
}

/** The seconds that batches took, from one moment to another. */
function atWork(batches: readonly Batch[], from: number, to: number): number {
  return batches.reduce((sum, batch) => sum + Math.max(0, Math.min(to, batch.to) - Math.max(from, batch.from)), 0);
}

interface Event {
  readonly at: number;
  readonly key: string;
  readonly change: (row: Operation, stamped: (at: number) => number) => Operation;
  /** Whether an operator pauses the row. */
  readonly isPause?: boolean;
}

/** The workers' sessions as the server shows them, and the pauses of the audit. */
export type Sessions = Pick<Snapshot, 'sessions' | 'backends' | 'resumes' | 'pauses' | 'pausedSeconds'>;

const noSessions: Sessions = { sessions: [] };

/** The sessions of workers that name them. @param stateSeconds for how many seconds the worker of an operation is at its statement */
export function namedSessions(
  database: FakeDatabase,
  readAt: number,
  stateSeconds: (operationId: number) => number = () => 0,
): Sessions {
  const running = [...database.rows.values()].filter(({ status }) => status === 'running');
  const names = running.map(({ id, workerId }) => ({
    run: '-',
    workerId: workerId ?? 0,
    operationId: id,
    paused: false,
    pid: 1000 + (workerId ?? 0),
    blockedBy: [],
  }));
  const all = names.map(({ pid, operationId, ...name }) => ({
    pid,
    user: 'migrator',
    application: formatSessionName({ operationId, ...name }),
    client: null,
    state: 'active',
    wait: null,
    transactionSeconds: null,
    stateSeconds: stateSeconds(operationId),
    query: null,
    blockedBy: [],
  }));
  return { sessions: names, backends: { all, readAt } };
}

/** `play` applies the events up to a moment, in order; `sessions` has those of the running operations. */
function player(database: FakeDatabase, events: readonly Event[], began: number, behind: number) {
  const ids = new Map<string, number>();
  const writtenAt = new Map<number, number>();
  const pausedAt = new Map<number, number>();
  const resumes = new Map<number, Resume>();
  let next = 0;
  const sessions = (at: number): Sessions =>
    namedSessions(database, began + at, (id) => at - (writtenAt.get(id) ?? at));
  const play = (at: number): void => {
    for (; next < events.length && (events[next]?.at ?? 0) <= at; next++) {
      const event = events[next];
      if (event === undefined) return;
      const change = database.begin();
      const known = ids.get(event.key);
      const stamped = (seconds: number): number => began + seconds - behind;
      if (known === undefined) {
        const id = database.nextId();
        ids.set(event.key, id);
        writtenAt.set(id, event.at);
        change.put(event.change(operation({ id }), stamped));
      } else {
        writtenAt.set(known, event.at);
        const before = database.rows.get(known);
        change.change(known, (row) => event.change(row, stamped));
        if (event.isPause === true) pausedAt.set(known, event.at);
        else if (before?.status === 'paused')
          resumes.set(known, { at: began + event.at, pausedSeconds: event.at - (pausedAt.get(known) ?? event.at) });
      }
      change.commit();
    }
  };
  return { play, sessions, resumes };
}

/** An instant as PostgreSQL reads it back from a timestamp on a clock of the zone: the later one, if there are two. */
export function readBack(at: number, zone: Zone | undefined): number {
  const change = zone?.changes.find((one) => one.at > at && localSeconds(at, zone) >= localSeconds(one.at, zone));
  if (zone === undefined || change === undefined) return at;
  const back = localSeconds(change.at - 1, zone) + 1 - localSeconds(change.at, zone);
  return localSeconds(at + back, zone) === localSeconds(at, zone) ? at + back : at;
}

/** The total that the row of a range names. */
function rangeTotal(migration: Migration, range: number): number {
  const starts = rangesOf(migration);
  const own = range % (starts.length - 1);
  return (starts[own + 1] ?? 0) - (starts[own] ?? 0);
}

/** The writes of the workers and the operator, in order. */
function eventsOf(migration: Migration, batches: readonly Batch[], wall: (seconds: number) => number): Event[] {
  const { totalRecords, batchSize, rows, zone } = migration;
  const events: Event[] = [];
  const lives: { key: string; from: number; to: number }[] = [];
  const keyOf = ({ phase, table, worker, range }: Batch, index: number): string =>
    phase === 'validation'
      ? `validation of ${table}`
      : hasRanges(migration)
        ? `range ${range}`
        : rows === 'operation' || rows === 'shared'
          ? `${table} ${worker}`
          : `batch ${index}`;
  const groups = Map.groupBy(
    batches.map((batch, index) => ({ ...batch, key: keyOf(batch, index) })),
    ({ key }) => key,
  );
  for (const [key, own] of groups) {
    const [first, last] = [own[0], own.at(-1)];
    if (first === undefined || last === undefined) continue;
    const [from, to] = [wall(first.from), wall(last.to)];
    lives.push({ key, from, to });
    const before = new Map<Batch, number>();
    let counted = 0;
    for (const batch of own) {
      before.set(batch, counted);
      counted += batch.records;
    }
    const share = own.reduce((sum, { records }) => sum + records, 0);
    const named = {
      phase: first.phase,
      tableName: first.table,
      operation: first.phase === 'validation' ? 'count_validation' : 'batch_migration',
      recordsProcessed: 0,
      totalRecords:
        first.phase !== 'execution' ? share : hasRanges(migration) ? rangeTotal(migration, first.range) : totalRecords,
      batchSize: first.phase === 'execution' ? batchSize : null,
    } as const;
    if (rows === 'pending' || hasRanges(migration))
      events.push({ at: 0, key, change: (row) => ({ ...row, ...named, status: 'pending' }) });
    events.push({
      at: from,
      key,
      change: (row, stamped) => ({
        ...row,
        ...named,
        status: 'running',
        workerId: first.worker,
        startedAt: readBack(stamped(from), zone),
      }),
    });
    for (const batch of own) {
      const isCumulative = rows === 'cumulative' && batch.phase === 'execution';
      const reports = batch.phase === 'execution' ? (migration.reportsPerBatch ?? 1) : 1;
      for (let report = 1; report <= reports; report++) {
        const records = (batch.records * report) / reports;
        const counter = isCumulative ? batch.until - batch.records + records : (before.get(batch) ?? 0) + records;
        events.push({
          at: wall(batch.from + ((batch.to - batch.from) * report) / reports),
          key,
          change: (row) => ({ ...row, recordsProcessed: Math.round(counter) }),
        });
      }
    }
    events.push({
      at: to,
      key,
      change: (row, stamped) => ({ ...row, status: 'completed', completedAt: readBack(stamped(to), zone) }),
    });
  }
  for (const pause of migration.pauses ?? []) {
    for (const { key, from, to } of lives) {
      if (from > pause.from || to < pause.from) continue;
      events.push({ at: pause.from, key, change: (row) => ({ ...row, status: 'paused' }), isPause: true });
      events.push({ at: pause.to, key, change: (row) => ({ ...row, status: 'running' }) });
    }
  }
  return events.filter(({ at }) => Number.isFinite(at)).sort((a, b) => a.at - b.at);
}
