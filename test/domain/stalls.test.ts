import { describe, expect, it } from 'vitest';
import { type Observation, observe } from '../../source/domain/observation.ts';
import { type Operation, statuses } from '../../source/domain/operation.ts';
import type { Snapshot, WorkerConnection } from '../../source/domain/snapshot.ts';
import { sinceProgressOf, stallsOf } from '../../source/domain/stalled-operations.ts';
import { stallOf, usualBatchSeconds } from '../../source/domain/stalls.ts';
import type { Track } from '../../source/domain/tracks.ts';
import { total, totalsOf } from '../support/totals.ts';
import { at, operation, snapshot } from './build.ts';

const noon = at('12:00:00');

const trackOf = (row: Operation, fields: Partial<Track> = {}): Track => ({
  operation: row,
  firstSeenAt: noon,
  lastProgressAt: null,
  seenAt: noon,
  haltedSeconds: 0,
  beganHalted: false,
  workingSince: null,
  firstGain: null,
  usualReport: null,
  gapSeconds: 0,
  writerOffset: 0,
  ...fields,
});

const session = (blockedBy: readonly number[] = []): WorkerConnection => ({
  run: '-',
  workerId: 1,
  operationId: 1,
  paused: false,
  pid: 400,
  blockedBy,
});

function judge(
  fields: Partial<Operation>,
  given: {
    track?: Partial<Track>;
    takenAt?: number;
    usual?: number | null;
    session?: WorkerConnection;
    isNamed?: boolean;
    resumes?: Snapshot['resumes'];
  } = {},
) {
  const row = operation({ recordsProcessed: 0, batchSize: 500, ...fields });
  return stallOf(
    trackOf(row, given.track),
    row,
    { takenAt: given.takenAt ?? noon, ...(given.resumes && { resumes: given.resumes }) },
    given.usual ?? null,
    given.session,
    given.isNamed ?? false,
  );
}

describe('at the first poll, a running operation', () => {
  it('is not suspected for the time before it was resumed', () => {
    const began = { startedAt: noon - 7200, recordsProcessed: 0 };
    const resumed = (seconds: number, pausedSeconds: number) =>
      judge(began, { usual: 60, resumes: new Map([[1, { at: noon - seconds, pausedSeconds }]]) });
    expect(judge(began, { usual: 60 })).toMatchObject({ kind: 'suspected', seconds: 7200 });
    expect(resumed(20, 0)).toBeNull();
    // How long it was paused is unknown: no progress since it began.
    expect(resumed(400, 0)).toMatchObject({ kind: 'suspected', seconds: 7200 });
    // 80 s of work before and after the pause.
    expect(resumed(400, 7120)).toBeNull();
    // 110 minutes of work, nearly all of them before the pause: that is no progress.
    expect(resumed(20, 600)).toMatchObject({ kind: 'suspected', seconds: 7200 });
    // 50 s of work before the pause, which a batch takes: the resume gave it new time.
    expect(resumed(450, 6700)).toMatchObject({ seconds: 500 });
    const days = { startedAt: noon - 2 * 86_400, recordsProcessed: 300 };
    expect(judge(days, { resumes: new Map([[1, { at: noon - 20, pausedSeconds: 0 }]]) })).toBeNull();
    const named = { usual: 10, isNamed: true, resumes: new Map([[1, { at: noon - 5, pausedSeconds: 0 }]]) };
    expect(judge(began, named)).toBeNull();
  });

  it('is suspected if it began more than a day ago, and nothing shows how long a batch takes', () => {
    const began = { startedAt: noon - 2 * 86_400, recordsProcessed: 300 };
    expect(judge(began)).toMatchObject({ kind: 'suspected', seconds: 2 * 86_400 });
    expect(judge({ ...began, startedAt: noon - 20 * 3600 })).toBeNull();
  });

  it('is not stalled before three batches as long as its last ones, if it has had many for hours', () => {
    // 200 batches in two hours: 36 s each.
    const began = { startedAt: noon - 7200, recordsProcessed: 100_000 };
    expect(judge(began)).toBeNull();
    expect(judge(began, { track: { firstSeenAt: noon - 90 } })).toBeNull();
    expect(judge(began, { track: { firstSeenAt: noon - 120 } })).toMatchObject({ kind: 'still', seconds: 120 });
  });

  it('is only suspected while it may report as seldom as its average batch takes', () => {
    // 17 batches in three hours: more than ten minutes each, or many at once and none since.
    const began = { startedAt: noon - 3 * 3600, recordsProcessed: 8500 };
    expect(judge(began)).toBeNull();
    expect(judge(began, { track: { firstSeenAt: noon - 34 } })).toMatchObject({ kind: 'suspected', seconds: 34 });
    expect(judge(began, { track: { firstSeenAt: noon - 940 } })?.kind).toBe('suspected');
    expect(judge(began, { track: { firstSeenAt: noon - 960 } })?.kind).toBe('still');
  });

  it('is suspected when it has taken much longer than the batches of its table', () => {
    expect(judge({ startedAt: noon - 29 * 60 }, { usual: 40 })).toEqual({
      kind: 'suspected',
      seconds: 29 * 60,
      usualSeconds: 40,
    });
  });

  it('is not suspected while it may be at its first batch', () => {
    expect(judge({ startedAt: noon - 100 }, { usual: 40 })).toBeNull();
    expect(judge({ startedAt: noon - 29 * 60 }, { usual: 900 })).toBeNull();
  });

  it('is not suspected for the time that its finished batches took', () => {
    // 45 batches of 40 s make half an hour.
    expect(judge({ startedAt: noon - 1800, recordsProcessed: 45 * 500 }, { usual: 40 })).toBeNull();
    expect(judge({ startedAt: noon - 1800, recordsProcessed: 30 * 500 }, { usual: 40 })).toBeNull();
    expect(judge({ startedAt: noon - 1800, recordsProcessed: 5 * 500 }, { usual: 40 })).toMatchObject({
      kind: 'suspected',
      seconds: 1600,
    });
  });

  it('is not suspected if nothing shows how long a batch takes, or its clock is wrong', () => {
    expect(judge({ startedAt: noon - 29 * 60 })).toBeNull();
    expect(judge({ startedAt: noon - 5 * 3600 }, { usual: 40, track: { writerOffset: -5 * 3600 } })).toBeNull();
    expect(judge({ startedAt: null }, { usual: 40 })).toBeNull();
  });

  it('is stalled when its worker waits for a lock', () => {
    expect(judge({ startedAt: noon - 5 }, { session: session([77]), isNamed: true })?.kind).toBe('blocked');
    expect(judge({ startedAt: noon - 5 }, { session: session(), isNamed: true })).toBeNull();
  });

  it('is stalled when its worker names its connections and has none', () => {
    expect(judge({ startedAt: noon - 20 }, { isNamed: true })?.kind).toBe('no session');
    expect(judge({ startedAt: noon - 20 }, { isNamed: true, session: session() })).toBeNull();
    expect(judge({ startedAt: noon - 70 }, { isNamed: true, usual: 40 })?.kind).toBe('no session');
    // For the first batches of a table, nothing shows what is usual.
    expect(judge({ startedAt: noon - 1740, recordsProcessed: 300 }, { isNamed: true })?.kind).toBe('no session');
  });

  it('is not stalled by that while a pool may have closed the connection of a worker at a batch', () => {
    expect(judge({ startedAt: noon - 12 }, { isNamed: true })).toBeNull();
    expect(judge({ startedAt: noon - 50 }, { isNamed: true, usual: 40 })).toBeNull();
    expect(judge({ startedAt: noon - 900, recordsProcessed: 10_000 }, { isNamed: true, usual: 40 })).toBeNull();
  });
});

describe('before all rows are counted', () => {
  const counted = (countedAt: number | null, minutes: number): Observation => {
    const running = operation({ startedAt: noon - 1800, recordsProcessed: 500, batchSize: 500, totalRecords: 5000 });
    const totals = [total({ statuses: { completed: 40, running: 1 }, timedOperations: 40, timedSeconds: 40 })];
    let observation: Observation | null = null;
    for (let minute = 0; minute <= minutes; minute++) {
      const one = { ...snapshot(noon + minute * 60, [running]), totals };
      observation = observe(observation, { ...one, coverage: { share: 0.1, countedAt, isStale: false } });
    }
    return observation as Observation;
  };

  it('no operation is suspected or stalled by the usual time of the rows that are counted', () => {
    expect(stallsOf(counted(null, 0)).all).toEqual([]);
    expect(stallsOf(counted(noon, 0)).all).toMatchObject([{ stall: { kind: 'suspected', usualSeconds: 1 } }]);
    expect(stallsOf(counted(null, 2)).all).toEqual([]);
    expect(stallsOf(counted(noon, 2)).all).toMatchObject([{ stall: { kind: 'still', usualSeconds: 1 } }]);
  });
});

describe('a watched operation', () => {
  it('is stalled when it made no progress for more than half a minute', () => {
    expect(judge({}, { track: { lastProgressAt: noon }, takenAt: noon + 30 })).toBeNull();
    expect(judge({}, { track: { lastProgressAt: noon }, takenAt: noon + 30.1 })?.kind).toBe('still');
  });

  it('is only suspected if it has no records yet and nothing shows how long a batch takes', () => {
    expect(judge({}, { takenAt: noon + 30 })).toBeNull();
    expect(judge({}, { takenAt: noon + 31 })).toEqual({ kind: 'suspected', seconds: 31, usualSeconds: null });
    expect(judge({}, { takenAt: noon + 5400 })?.kind).toBe('suspected');
    expect(judge({}, { takenAt: noon + 5401 })?.kind).toBe('still');
    expect(judge({ recordsProcessed: 7 }, { takenAt: noon + 31 })?.kind).toBe('still');
  });

  it('is given three times what its own batches took on the average, if it has begun within the hour', () => {
    const two = { recordsProcessed: 1000, startedAt: noon - 300 };
    expect(judge(two, { takenAt: noon + 400 })).toBeNull();
    const hourly = { ...two, startedAt: noon - 7200 };
    expect(judge(hourly, { takenAt: noon + 31 })?.kind).toBe('suspected');
    expect(judge(hourly, { takenAt: noon + 5401 })?.kind).toBe('still');
  });

  it('is given three times the average of its batches after the first report that was seen', () => {
    const hourly = { recordsProcessed: 1000, startedAt: noon - 7200 };
    const track = { lastProgressAt: noon };
    expect(judge(hourly, { track, takenAt: noon + 3 * 3600 })).toBeNull();
    expect(judge(hourly, { track, takenAt: noon + 3 * 3600 + 1 })).toMatchObject({ kind: 'still', usualSeconds: 3600 });
  });

  it('is given three times its usual gap', () => {
    expect(judge({}, { track: { lastProgressAt: noon, gapSeconds: 100 }, takenAt: noon + 300 })).toBeNull();
    expect(judge({}, { track: { lastProgressAt: noon, gapSeconds: 100 }, takenAt: noon + 301 })?.kind).toBe('still');
    expect(judge({}, { track: { lastProgressAt: noon }, takenAt: noon + 300, usual: 100 })).toBeNull();
  });

  it('shows the usual batch of its table, as a report that was not watching does, unless it reports several times in a batch', () => {
    const seen = (gapSeconds: number) =>
      judge({}, { usual: 40, track: { lastProgressAt: noon, gapSeconds }, takenAt: noon + 200 });
    expect(seen(52)).toMatchObject({ kind: 'still', usualSeconds: 40 });
    expect(seen(4)).toMatchObject({ kind: 'still', usualSeconds: 4 });
    expect(seen(70)).toBeNull();
  });

  it('shows one usual time while it makes no progress, if its own batches are the only ones', () => {
    const two = { recordsProcessed: 1000, startedAt: noon - 30 };
    const usualAt = (takenAt: number) => judge(two, { takenAt })?.usualSeconds;
    expect([usualAt(noon + 60), usualAt(noon + 600)]).toEqual([15, 15]);
  });

  it('is no longer suspected once it progresses, and is stalled once a usual gap has passed without progress', () => {
    const began = { startedAt: noon - 29 * 60 };
    expect(judge(began, { usual: 40, track: { lastProgressAt: noon + 5 }, takenAt: noon + 10 })).toBeNull();
    expect(judge(began, { usual: 40, takenAt: noon + 39 })?.kind).toBe('suspected');
    expect(judge(began, { usual: 40, takenAt: noon + 41 })?.kind).toBe('still');
  });

  it.each(statuses.filter((status) => status !== 'running'))('is not stalled when it is %s', (status) => {
    expect(judge({ status }, { takenAt: noon + 9999, isNamed: true })).toBeNull();
  });
});

describe('the usual batch', () => {
  it('is a batch, not an operation', () => {
    const twoHours = { timedOperations: 1, timedSeconds: 7200, timedRecords: 100_000, largestBatch: 500 };
    expect(usualBatchSeconds(total(twoHours))).toBe(36);
    expect(usualBatchSeconds(total({ ...twoHours, timedOperations: 200 }))).toBe(36);
    expect(usualBatchSeconds(total({ ...twoHours, largestBatch: null }))).toBe(7200);
  });

  it('is a row where each counts the records of all before it', () => {
    // Ten batches of 500 records and 40 s.
    const rows = Array.from({ length: 10 }, (_, index) =>
      operation({
        id: index + 1,
        status: 'completed',
        recordsProcessed: 500 * (index + 1),
        totalRecords: 40_000,
        batchSize: 500,
        startedAt: noon + 40 * index,
        completedAt: noon + 40 * index + 40,
      }),
    );
    const [cumulative] = totalsOf(rows);
    if (cumulative === undefined) throw new Error('no total');
    expect(cumulative.timedRecords).toBe(27_500);
    expect(usualBatchSeconds(cumulative)).toBe(40);
  });

  it('has no time in which operators had paused the operations', () => {
    const paused = { timedOperations: 20, timedSeconds: 20 * 40 + 2 * 3600, timedRecords: 10_000, largestBatch: 500 };
    const { phase, tableName } = total();
    const pausedSeconds = new Map([
      [`${phase} ${tableName}`, 7200],
      ['validation other', 300],
    ]);
    expect(usualBatchSeconds(total(paused), { pausedSeconds })).toBeCloseTo(40);
    // Those that are paused may be others than those with a duration.
    expect(usualBatchSeconds(total({ ...paused, timedSeconds: 800 }), { pausedSeconds })).toBe(40);
  });

  it('is not known before an operation was completed', () => {
    expect(usualBatchSeconds(total())).toBeNull();
  });
});

describe('the time without progress', () => {
  it('grows with time only, not with the usual time of a batch, which each completed operation changes', () => {
    // Batches of 40 s, then also some of 44 s; one operation has 200 batches done, and nothing since.
    const completed = (id: number, seconds: number): Operation =>
      operation({
        id,
        status: 'completed',
        startedAt: noon - 5000,
        completedAt: noon - 5000 + seconds,
        batchSize: 500,
      });
    const row = operation({
      id: 9,
      status: 'running',
      startedAt: noon - 50_000,
      batchSize: 500,
      recordsProcessed: 100_000,
      version: '1',
      workerId: 7,
    });
    const secondsAfter = (polls: readonly (readonly Operation[])[]): readonly (number | undefined)[] => {
      let seen: Observation | null = null;
      return polls.map((done, index) => {
        seen = observe(seen, snapshot(noon + index, [...done, row], { operations: [row] }));
        return stallsOf(seen).of(row)?.seconds;
      });
    };
    const few = [completed(1, 40), completed(2, 40)];
    const more = [...few, completed(3, 44)];
    expect(secondsAfter([few])).toEqual([42_000]);
    expect(secondsAfter([more])[0]).toBeLessThan(42_000);
    expect(secondsAfter([few, more, few])).toEqual([42_000, 42_001, 42_002]);
    // Much more than that is news.
    const other = [...few, completed(3, 220)];
    expect(secondsAfter([few, other])).toEqual([42_000, 30_001]);
  });
});

describe('a stall that was proven', () => {
  /** Batches of 40 s, and one that began an hour ago. */
  const completed = [1, 2, 3].map((id) =>
    operation({ id, status: 'completed', startedAt: noon - 40 * id - 40, completedAt: noon - 40 * id, batchSize: 500 }),
  );
  const still: Operation = operation({
    id: 9,
    status: 'running',
    startedAt: noon - 3600,
    batchSize: 500,
    recordsProcessed: 200,
    version: '1',
    workerId: 7,
  });

  /** Polls of the running operation, the first at noon: at which second, the row, and whether its worker waits for a lock. */
  function poll(...polls: readonly (readonly [seconds: number, row: Partial<Operation>, blockedBy?: number[]])[]) {
    let seen: Observation | null = null;
    for (const [seconds, fields, blockedBy] of polls) {
      const row = { ...still, ...fields };
      const sessions = blockedBy === undefined ? [] : [{ ...session(blockedBy), operationId: 9, workerId: 7 }];
      seen = observe(seen, snapshot(noon + seconds, [...completed, row], { sessions, operations: [row] }));
    }
    const row = seen?.snapshot.operations[0] ?? still;
    return seen === null ? undefined : stallsOf(seen).of(row);
  }

  const paused = { status: 'paused', version: '2' } as const;
  const resumed = { status: 'running', version: '3' } as const;

  it('lasts through a pause, which is no progress, and counts from the last progress', () => {
    expect(poll([0, {}], [60, {}])).toMatchObject({ kind: 'still', seconds: 3644 });
    expect(poll([0, {}], [60, {}], [61, paused])).toBeUndefined();
    expect(poll([0, {}], [60, {}], [61, paused], [1061, resumed])).toMatchObject({ kind: 'still', seconds: 4645 });
    expect(poll([0, {}], [60, {}], [61, paused], [1061, resumed], [1071, resumed])?.seconds).toBe(4655);
  });

  it('has one age also while it is paused, in a report too', () => {
    const age = (...polls: readonly (readonly [seconds: number, row: Partial<Operation>])[]) => {
      let seen: Observation | null = null;
      for (const [seconds, fields] of polls) {
        const row = { ...still, ...fields };
        seen = observe(seen, snapshot(noon + seconds, [...completed, row], { operations: [row] }));
      }
      return seen === null ? null : sinceProgressOf(seen, seen.snapshot.operations[0] ?? still);
    };
    expect(age([0, {}], [60, {}])).toBe(3644);
    expect(age([0, {}], [60, {}], [61, paused], [161, paused])).toBe(3745);
    expect(age([161, paused])).toBe(3745);
    // Its records explain its time.
    expect(age([161, { ...paused, startedAt: noon + 140 }])).toBe(0);
  });

  it('lasts through a skip that is undone, and through a pause of another session', () => {
    const skipped = { status: 'skipped', version: '3', completedAt: noon + 62 } as const;
    const undone = { ...paused, version: '4', completedAt: null } as const;
    const again = { ...resumed, version: '5' } as const;
    expect(poll([0, {}], [60, {}], [61, paused], [62, skipped], [63, undone], [64, again])?.kind).toBe('still');
  });

  it('ends with a report of the worker: a change of its counter, or the same figures again', () => {
    const reports: Partial<Operation>[] = [
      { recordsProcessed: 201 },
      { batchSize: 1000, recordsProcessed: 201 },
      {},
      { status: 'completed', completedAt: noon + 60 },
      { workerId: 8 },
      { workerId: 8, startedAt: noon + 60 },
    ];
    for (const report of reports)
      expect(poll([0, {}], [60, {}], [61, { ...report, version: '2' }]), JSON.stringify(report)).toBeUndefined();
    // Also while it is paused: the worker finishes its batch.
    const reported = { ...resumed, recordsProcessed: 300 };
    expect(poll([0, {}], [60, {}], [61, paused], [62, { ...reported, ...paused, version: '3' }], [70, reported])).toBe(
      undefined,
    );
  });

  it('lasts while the operation is in the queue, and if the same worker takes it again, but not if another one does', () => {
    const queued = { status: 'pending', workerId: null, startedAt: null, version: '3' } as const;
    const begun = { status: 'running', startedAt: noon + 70, version: '4' } as const;
    expect(poll([0, {}], [60, {}], [61, queued])).toBeUndefined();
    expect(poll([0, {}], [60, {}], [61, queued], [71, begun])).toMatchObject({ kind: 'still', seconds: 3655 });
    expect(poll([0, {}], [60, {}], [71, begun])).toMatchObject({ kind: 'still', seconds: 3655 });
    expect(poll([0, {}], [60, {}], [61, queued], [71, { ...begun, workerId: 8 }])).toBeUndefined();
  });

  it('does not end with another batch size, which is the change of an operator', () => {
    const resized = { batchSize: 1000, version: '2' };
    expect(poll([0, {}], [60, {}], [61, resized])?.kind).toBe('still');
  });

  it('does not become a suspicion again when the lock is released or the sessions cannot be read', () => {
    expect(poll([0, {}, []])).toMatchObject({ kind: 'suspected' });
    expect(poll([0, {}, [77]])).toMatchObject({ kind: 'blocked' });
    expect(poll([0, {}, [77]], [2, {}, []])).toMatchObject({ kind: 'still', seconds: 3586 });
    expect(poll([0, {}, [77]], [2, {}, []], [3, {}, [77]], [4, {}, []])).toMatchObject({
      kind: 'still',
      seconds: 3588,
    });
    expect(poll([0, {}, []], [60, {}, []], [61, {}])?.kind).toBe('no session');
    expect(poll([0, {}, []], [60, {}, []], [61, {}], [62, {}, []])).toMatchObject({ kind: 'still', seconds: 3646 });
  });

  it('was none if a worker waited only shortly for a lock', () => {
    const fresh = { startedAt: noon - 20 };
    expect(poll([0, fresh, [77]])).toMatchObject({ kind: 'blocked' });
    expect(poll([0, fresh, [77]], [1, fresh, []])).toBeUndefined();
  });

  it('is not found right after a long pause', () => {
    const first = { ...still, status: 'paused' } as const;
    expect(poll([0, first], [1, resumed])).toBeUndefined();
    expect(poll([0, first], [1, resumed], [200, resumed])?.kind).toBe('still');
  });
});
