import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Status, statuses } from '../../source/domain/operation.ts';
import {
  type Action,
  type CompletedAt,
  decide,
  type Refusal,
  type Transition,
  undoOf,
} from '../../source/domain/transitions.ts';
import { at, operation } from './build.ts';

const started = at('10:00:00');

const already = (status: Status): Refusal => ({ kind: 'already', status });
const wrongStatus = (status: Status): Refusal => ({ kind: 'wrong-status', status });

/** Every action from every status: the status it leads to, or why not. */
const table: Record<Action, Record<Status, { to: Status; completedAt: CompletedAt } | Refusal>> = {
  pause: {
    pending: { to: 'paused', completedAt: 'keep' },
    running: { to: 'paused', completedAt: 'keep' },
    completed: already('completed'),
    failed: already('failed'),
    paused: already('paused'),
    skipped: already('skipped'),
  },
  resume: {
    pending: wrongStatus('pending'),
    running: already('running'),
    completed: wrongStatus('completed'),
    failed: wrongStatus('failed'),
    paused: { to: 'running', completedAt: 'keep' },
    skipped: wrongStatus('skipped'),
  },
  skip: {
    pending: { to: 'skipped', completedAt: 'set' },
    running: { kind: 'do-first', action: 'pause' },
    completed: already('completed'),
    failed: { to: 'skipped', completedAt: 'set' },
    paused: { to: 'skipped', completedAt: 'set' },
    skipped: already('skipped'),
  },
};

const actions = Object.keys(table) as Action[];
const cells = actions.flatMap((action) => statuses.map((status) => [action, status, table[action][status]] as const));

describe('an action of an operator', () => {
  it.each(cells)('%s from %s', (action, status, expected) => {
    expect(decide(action, operation({ id: 7, status, startedAt: started, workerId: 1 }))).toEqual(
      'kind' in expected
        ? { kind: 'refused', reason: expected }
        : {
            kind: 'allowed',
            transition: { id: 7, from: status, ...expected, version: null, identity: operation().identity },
          },
    );
  });

  it('resumes an operation that had not started to pending, so that a worker claims it', () => {
    expect(decide('resume', operation({ status: 'paused', startedAt: null }))).toMatchObject({
      transition: { from: 'paused', to: 'pending' },
    });
  });

  it('resumes an operation that this program paused to its earlier status', () => {
    for (const before of [operation({ status: 'running', startedAt: started }), operation({ status: 'pending' })]) {
      const pause = allowed(decide('pause', before));
      expect(allowed(decide('resume', { ...before, status: pause.to }, before.status)).to).toBe(before.status);
    }
  });

  it('resumes an operation that was paused while pending to pending, although it has a start', () => {
    const requeued = operation({ status: 'paused', startedAt: started });
    expect(allowed(decide('resume', requeued, 'pending')).to).toBe('pending');
    expect(allowed(decide('resume', requeued, 'running')).to).toBe('running');
  });

  it.each([
    ['it has a worker', { workerId: 2 }, 'running'],
    ['it has no worker', { workerId: null }, 'pending'],
    ['it has the end of an earlier attempt', { workerId: 2, completedAt: started + 60 }, 'pending'],
    ['it has the error of an earlier attempt', { workerId: 2, errorMessage: 'deadlock detected' }, 'pending'],
    ['it has no start', { workerId: 2, startedAt: null }, 'pending'],
  ])('resumes an operation of which it is not known whether it was running: %s', (_, fields, to) => {
    const paused = operation({ status: 'paused', startedAt: started, ...fields });
    expect(allowed(decide('resume', paused)).to).toBe(to);
    expect(allowed(decide('resume', paused, 'running')).to).toBe('running');
  });

  it('resumes an operation to pending that its worker released during the pause', () => {
    const released = operation({ status: 'paused', startedAt: null, workerId: null });
    expect(allowed(decide('resume', released, 'running')).to).toBe('pending');
  });

  it('never completes, fails or revives an operation', () => {
    for (const [action, status] of cells) {
      for (const startedAt of [null, started]) {
        const decision = decide(action, operation({ status, startedAt }));
        if (decision.kind === 'refused') continue;
        expect(['paused', 'skipped', 'pending', 'running']).toContain(decision.transition.to);
        if (decision.transition.to === 'running' || decision.transition.to === 'pending') expect(status).toBe('paused');
      }
    }
  });
});

describe('undo', () => {
  const skip: Transition = {
    id: 7,
    from: 'failed',
    to: 'skipped',
    completedAt: 'set',
    version: null,
    identity: null,
  };

  it('of a skip requires the version of the row after it', () => {
    expect(undoOf(skip, '812', true)).toMatchObject({ from: 'skipped', version: '812' });
  });

  it('of a pause and of a resume requires the status alone: workers may have reported since', () => {
    const pause = { ...skip, from: 'running', to: 'paused', completedAt: 'keep' } as const;
    expect(undoOf({ ...pause, from: 'paused', to: 'pending' }, '812', false)).toMatchObject({ version: null });
    expect(undoOf(pause, '812', false)).toEqual({
      id: 7,
      from: 'paused',
      to: 'running',
      completedAt: 'keep',
      version: null,
      identity: null,
    });
  });

  it('clears the completed_at that the transition set', () => {
    expect(undoOf({ ...skip, from: 'pending' }, '812', false)).toMatchObject({ to: 'pending', completedAt: 'clear' });
  });

  it('keeps a completed_at that was set before', () => {
    expect(undoOf(skip, '812', true)).toMatchObject({ to: 'failed', completedAt: 'keep' });
  });

  it('restores status and completed_at of a row, after any action', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...actions),
        fc.constantFrom(...statuses),
        fc.option(fc.constant(started)),
        fc.option(fc.constant(started + 60)),
        (action, status, startedAt, completedAt) => {
          const decision = decide(action, operation({ status, startedAt }));
          fc.pre(decision.kind === 'allowed');
          const before = { status, completedAt };
          const after = applied(before, allowed(decision));
          const undo = undoOf(allowed(decision), '812', completedAt !== null);
          expect(after.status).toBe(undo.from);
          expect(applied(after, undo)).toEqual(before);
        },
      ),
    );
  });
});

function allowed(decision: ReturnType<typeof decide>): Transition {
  if (decision.kind === 'refused') throw new Error(decision.reason.kind);
  return decision.transition;
}

/** The row after sql/queries/transition.sql. */
function applied(
  row: { status: Status; completedAt: number | null },
  transition: Transition,
): { status: Status; completedAt: number | null } {
  const completedAt = { keep: row.completedAt, set: row.completedAt ?? started + 999, clear: null };
  return { status: transition.to, completedAt: completedAt[transition.completedAt] };
}
