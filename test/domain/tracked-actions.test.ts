import { describe, expect, it } from 'vitest';
import type { Operation, Status } from '../../source/domain/operation.ts';
import type { Snapshot } from '../../source/domain/snapshot.ts';
import { followActions, type TrackedAction, watchedIds, withAction } from '../../source/domain/tracked-actions.ts';

const requestedAt = 1000;

function requested(overrides: Partial<TrackedAction> = {}): readonly TrackedAction[] {
  return withAction([], {
    action: 'pause',
    operationId: 4,
    tableName: 'cases',
    from: 'running',
    to: 'paused',
    requestedAt,
    version: '100',
    ...overrides,
  });
}

/** A snapshot in which operation 4 is as it is given, or in which there is no such operation. */
function at(
  seconds: number,
  row: { status: Status; version: string; workerId?: number; batchSize?: number } | null,
): Snapshot {
  const operation: Operation | null = row && {
    id: 4,
    phase: 'execution',
    tableName: 'cases',
    operation: 'batch_migration',
    recordsProcessed: 10,
    totalRecords: 100,
    startedAt: 900,
    completedAt: null,
    errorMessage: null,
    batchSize: 100,
    workerId: 2,
    sourceQuery: null,
    validationQuery: null,
    identity: 'execution cases batch_migration',
    ...row,
  };
  return {
    takenAt: requestedAt + seconds,
    totals: [],
    coverage: { share: 1, countedAt: requestedAt + seconds, isStale: false },
    counts: {},
    gained: null,
    history: [],
    operations: operation === null ? [] : [operation],
    failures: [],
    sessions: [],
    unreadable: [],
  };
}

const paused = (version: string) => ({ status: 'paused' as const, version });

function follow(actions: readonly TrackedAction[], ...snapshots: Snapshot[]): TrackedAction | undefined {
  return followWith(1, actions, ...snapshots);
}

/** Follows an action on a row with this usual gap between reports, in seconds. */
function followWith(
  gap: number | null,
  actions: readonly TrackedAction[],
  ...snapshots: Snapshot[]
): TrackedAction | undefined {
  return snapshots
    .reduce(
      (before, snapshot) =>
        followActions(
          before,
          snapshot,
          () => false,
          () => gap,
        ),
      actions,
    )
    .at(-1);
}

describe('the result of a pause', () => {
  it('is acknowledged once the row has been quiet, counted from the last progress', () => {
    const action = follow(requested(), at(1, paused('101')), at(2, paused('101')), at(5, paused('101')));
    expect(action?.result).toEqual({ kind: 'acknowledged', afterSeconds: 1, isConfirmed: false });
  });

  it('is not acknowledged while the row may still be finishing its batch', () => {
    const action = follow(requested(), at(1, paused('100')), at(2, paused('101')), at(3, paused('102')));
    expect(action?.result).toEqual({ kind: 'requested' });
  });

  it('is not acknowledged before the row has been quiet for longer than its usual gap', () => {
    const polls = [4, 20, 47].map((seconds) => at(seconds, paused('100')));
    expect(followWith(40, requested(), ...polls)?.result.kind).toBe('requested');
    expect(followWith(40, requested(), ...polls, at(49, paused('100')))?.result.kind).toBe('acknowledged');
  });

  it('is not acknowledged while the usual gap is unknown', () => {
    const polls = [31, 600].map((seconds) => at(seconds, paused('100')));
    expect(followWith(null, requested(), ...polls)?.result.kind).toBe('requested');
    expect(followWith(40, requested(), ...polls)?.result.kind).toBe('acknowledged');
  });

  it('is no longer acknowledged once the row reports again', () => {
    const quiet = [at(4, paused('100')), at(6, paused('101'))];
    expect(follow(requested(), ...quiet)?.result.kind).toBe('requested');
    expect(follow(requested(), ...quiet, at(8, paused('102')))?.result.kind).toBe('progressing');
  });

  it('is acknowledged at once when the worker reports that it waits', () => {
    const [action] = followActions(requested(), at(1, paused('100')), ({ id }) => id === 4);
    expect(action?.result).toEqual({ kind: 'acknowledged', afterSeconds: 0, isConfirmed: true });
  });

  it('names the worker that overwrote it, and after how long', () => {
    const action = follow(requested(), at(1.75, { status: 'running', version: '101', workerId: 2 }));
    expect(action?.result).toEqual({ kind: 'overwritten', status: 'running', workerId: 2, afterSeconds: 1.75 });
  });

  it('is overwritten even after it had been acknowledged', () => {
    const action = follow(requested(), at(4, paused('100')), at(60, { status: 'completed', version: '101' }));
    expect(action?.result).toMatchObject({ kind: 'overwritten', status: 'completed' });
  });

  it('excuses the one report at the end of a long batch', () => {
    const action = follow(requested(), at(4, paused('100')), at(30, paused('101')), at(34, paused('101')));
    expect(action?.result).toEqual({ kind: 'acknowledged', afterSeconds: 30, isConfirmed: false });
  });

  it('shows that the worker keeps working although paused, if the row progresses after that', () => {
    const action = follow(requested(), at(2, paused('101')), at(10, paused('102')));
    expect(action?.result).toEqual({ kind: 'progressing', workerId: 2, afterSeconds: 10 });
  });

  it('is no progress of a worker that an operator changes the batch size, again and again', () => {
    const sized = (seconds: number, version: string, batchSize: number) =>
      at(seconds, { ...paused(version), batchSize });
    const polls = [sized(1, '100', 500), sized(8, '101', 400), sized(9, '101', 400), sized(12, '102', 500)];
    expect(follow(requested(), ...polls)?.result.kind).toBe('acknowledged');
    const reports = [sized(14, '103', 500), sized(16, '104', 500)];
    expect(follow(requested(), ...polls, ...reports)?.result.kind).toBe('progressing');
  });

  it('is acknowledged again when a row that progressed while paused has stopped', () => {
    const progressing = [at(2, paused('101')), at(10, paused('102'))];
    expect(follow(requested(), ...progressing, at(15, paused('102')))?.result.kind).toBe('progressing');
    expect(follow(requested(), ...progressing, at(21, paused('102')))?.result.kind).toBe('acknowledged');
  });

  it('shows that the worker keeps working until it is quiet for longer than between its reports while paused', () => {
    const reports = [at(25, paused('101')), at(55, paused('102'))];
    const quiet = [56, 66, 90].map((seconds) => at(seconds, paused('102')));
    expect(follow(requested(), ...reports, ...quiet)?.result.kind).toBe('progressing');
    expect(follow(requested(), ...reports, ...quiet, at(92, paused('102')))?.result.kind).toBe('acknowledged');
  });

  it('is acknowledged at once for an operation that had not started, and is still followed', () => {
    const actions = followActions(requested({ from: 'pending' }), at(1, paused('100')));
    expect(actions[0]?.result).toEqual({ kind: 'acknowledged', afterSeconds: 0, isConfirmed: false });
    expect(watchedIds(actions)).toEqual([4]);
  });

  it('shows when the row is gone, and stops following it', () => {
    const actions = followActions(requested(), at(2, null));
    expect(actions[0]?.result).toEqual({ kind: 'gone', afterSeconds: 2 });
    expect(watchedIds(actions)).toEqual([]);
  });

  it('is not judged by a snapshot from before the action', () => {
    const before = requested();
    expect(followActions(before, at(-0.5, { status: 'running', version: '99' }))).toEqual(before);
  });

  it('is not judged by a poll that was sent before its commit was known, and that may have seen the row before', () => {
    const known = requested({ knownMs: 500 });
    const snapshot = at(0.1, { status: 'running', version: '99' });
    const followed = (sentMs: number) => followActions(known, snapshot, undefined, undefined, sentMs);
    expect(followed(499)).toEqual(known);
    expect(followed(500)[0]?.result.kind).toBe('overwritten');
  });

  it('is superseded by a later action on the same row', () => {
    const actions = withAction(requested(), {
      action: 'resume',
      operationId: 4,
      tableName: 'cases',
      from: 'paused',
      to: 'running',
      requestedAt: requestedAt + 10,
      version: '105',
    });
    expect(actions.map((action) => action.result.kind)).toEqual(['superseded', 'requested']);
  });
});

describe('the result of a resume', () => {
  const resumed = requested({ action: 'resume', from: 'paused', to: 'running' });

  it('waits for a worker to continue the row', () => {
    expect(follow(resumed, at(30, { status: 'running', version: '100' }))?.result.kind).toBe('requested');
    expect(follow(resumed, at(2, { status: 'running', version: '101' }))?.result).toEqual({
      kind: 'acknowledged',
      afterSeconds: 2,
      isConfirmed: false,
    });
  });

  it('is acknowledged, not overwritten, when the operation ends', () => {
    expect(follow(resumed, at(2, { status: 'completed', version: '101' }))?.result.kind).toBe('acknowledged');
  });
});

describe('an operation that shares its id with another one', () => {
  const identity = 'execution cases batch_migration';
  const twice = (seconds: number): Snapshot => {
    const snapshot = at(seconds, paused('100'));
    const [own] = snapshot.operations;
    if (own === undefined) throw new Error('There is no operation.');
    return {
      ...snapshot,
      operations: [own, { ...own, phase: 'mapping', status: 'completed', identity: 'mapping cases' }],
    };
  };

  it('is followed by its identity: the other one does not overwrite its pause', () => {
    expect(follow(requested({ identity }), twice(1))?.result.kind).not.toBe('overwritten');
    expect(follow(requested({ identity: 'mapping cases' }), twice(1))?.result.kind).toBe('overwritten');
  });

  it('keeps its result after an action on the other one', () => {
    const actions = withAction(requested({ identity }), {
      action: 'pause',
      operationId: 4,
      identity: 'mapping cases',
      tableName: 'cases',
      from: 'running',
      to: 'paused',
      requestedAt,
      version: '100',
    });
    expect(actions.map(({ result: state }) => state.kind)).toEqual(['requested', 'requested']);
  });
});
