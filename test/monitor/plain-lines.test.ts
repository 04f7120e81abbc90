import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../source/domain/audit.ts';
import type { Operation } from '../../source/domain/operation.ts';
import type { MonitorEvent } from '../../source/monitor/event.ts';
import { plainLines, plainSummary } from '../../source/monitor/plain-lines.ts';
import { reduce } from '../../source/monitor/reduce.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import { auditEntry, nowMs, snapshotOf, takenAt } from '../support/fixtures.ts';
import { migrationAt, migrationState } from '../support/migration.ts';

const window = { columns: 80, rows: 24 };
const state = migrationState(window);
const rows = migrationAt(takenAt);
const running = rows.filter(({ status }) => status === 'running');

function polled(change: (row: Operation) => Operation, seconds = 1): MonitorEvent {
  return {
    kind: 'polled',
    snapshot: snapshotOf(rows.map(change), takenAt + seconds),
    atMs: nowMs + seconds * 1000,
    nextSeconds: 1,
  };
}

function changed(id: number, parts: Partial<Operation>): (row: Operation) => Operation {
  return (row) => (row.id === id ? { ...row, ...parts, version: `${row.version}x` } : row);
}

function linesAfter(...events: readonly MonitorEvent[]): { urgent: string; routine: string } {
  const { urgent, routine } = plainLines(state, events.reduce(reduce, state));
  return { urgent: urgent.join('\n'), routine: routine.join('\n') };
}

function entry(parts: Partial<AuditEntry>): AuditEntry {
  return auditEntry({ key: 'a', at: takenAt, osUser: 'alice', host: 'desk', operationId: 3250, ...parts });
}

const [first] = running;
if (first === undefined) throw new Error('nothing is running in the fixture');

describe('the lines of --plain', () => {
  it('name what is open or failed before --since', () => {
    const { latest, target } = state;
    if (latest === null) throw new Error('nothing was observed');
    const snapshot = { ...latest.snapshot, earlier: { pending: 0, running: 2, paused: 0, failed: 63 } };
    const scope = { text: '15m', firstId: '7', startedAt: null };
    const lines = plainSummary({ ...state, latest: { ...latest, snapshot }, target: { ...target, scope } });
    expect(lines[1]).toMatch(/left out, began more than 15m ago: 2 running \(not checked for stalls\), 63 failed$/);
  });

  it('begin with the phase, the counts and the newest failure', () => {
    const [counts, failure] = plainSummary(state);
    expect(counts).toMatch(/^\d\d:\d\d:\d\d execution: .*\d+ running.*, \d+ failed.*% of the records$/);
    expect(failure).toMatch(/newest failure: operation \d+ · \w+: ./);
  });

  it('name the operations that were added to a table, all of them in one line', () => {
    const more = Array.from({ length: 40 }, (_, index) => {
      const id = 900_000 + index;
      return {
        ...first,
        id,
        status: 'pending' as const,
        phase: 'rollback' as const,
        tableName: 'extras',
        startedAt: null,
      };
    });
    const added = (seconds: number, number: number): MonitorEvent => ({
      kind: 'polled',
      snapshot: snapshotOf([...rows, ...more.slice(0, number)], takenAt + seconds),
      atMs: nowMs + seconds * 1000,
      nextSeconds: 1,
    });
    const { routine } = linesAfter(added(1, 15), added(2, 40));
    expect(routine.match(/added.*/g)).toEqual([
      expect.stringMatching(/^added to the rollback: its total is [\d,]+ records$/),
    ]);
    expect(routine).toMatch('extras: 40 operations added');
  });

  it('are empty while only the time, ages and records change', () => {
    const records = polled((row) =>
      // The first one is stalled: its progress would be reported.
      row.status === 'running' && row.id !== first.id
        ? { ...row, recordsProcessed: (row.recordsProcessed ?? 0) + 1, version: `${row.version}x` }
        : row,
    );
    const quiet = { urgent: '', routine: '' };
    expect(linesAfter({ kind: 'ticked', nowMs: nowMs + 500_000 })).toEqual(quiet);
    expect(linesAfter(polled((row) => row))).toEqual(quiet);
    expect(linesAfter(records)).toEqual(quiet);
  });

  it('name a failure with its error, and a paused operation', () => {
    const { urgent } = linesAfter(
      polled(changed(first.id, { status: 'failed', errorMessage: 'disk\nfull', completedAt: takenAt + 1 })),
    );
    expect(urgent).toContain(`failed: operation ${first.id} · ${first.tableName}: disk full`);
    const { urgent: paused, routine } = linesAfter(polled(changed(first.id, { status: 'paused' })));
    expect(paused).toContain(`paused: operation ${first.id} · ${first.tableName}`);
    expect(routine).toMatch(/now .*\d paused/);
  });

  it('separate the routine changes of workers from the urgent ones', () => {
    const change = changed(first.id, { status: 'completed', completedAt: takenAt + 1 });
    const event = polled(change) as Extract<MonitorEvent, { kind: 'polled' }>;
    // A poll reads an operation once more when it has ended.
    const operations = [...event.snapshot.operations, change(first)];
    const { urgent, routine } = linesAfter({ ...event, snapshot: { ...event.snapshot, operations } });
    expect(urgent).toBe('');
    expect(routine).toContain(`completed: operation ${first.id} · ${first.tableName}`);
  });

  it('report many changes as a number in one line', () => {
    expect(running.length).toBeGreaterThan(3);
    const { urgent } = linesAfter(
      polled((row) => (row.status === 'running' ? { ...row, status: 'paused', version: 'x' } : row)),
    );
    expect(urgent.match(/paused:/g)).toHaveLength(1);
    expect(urgent).toMatch(new RegExp(`${running.length} paused, one of them: paused: operation`));
  });

  it('report a lost connection once, and its return', () => {
    const lost = (attempt: number): MonitorEvent => ({ kind: 'lost', atMs: nowMs + 1000, attempt, problem: 'refused' });
    expect(linesAfter(lost(1)).urgent).toMatch(/connection lost: refused$/);
    const isLost = reduce(state, lost(1));
    expect(plainLines(isLost, reduce(isLost, lost(2)))).toEqual({ urgent: [], routine: [] });
    expect(
      plainLines(
        isLost,
        reduce(
          isLost,
          polled((row) => row, 5),
        ),
      ).urgent.join(),
    ).toMatch(/connected again after 5s/);
  });

  it('report the later actions of operators, with their outcomes', () => {
    const audited = (...activity: readonly AuditEntry[]): MonitorEvent => ({
      kind: 'audited',
      activity,
      atMs: 0,
    });
    const old = reduce(state, audited(entry({ key: 'old' })));
    expect(plainLines(state, old).urgent).toEqual([]);
    const done = reduce(old, audited(entry({ key: 'new', reason: 'too slow' }), entry({ key: 'old' })));
    expect(plainLines(old, done).urgent).toEqual([
      expect.stringContaining('pause of operation 3250 by alice@desk: running to paused, applied, because: too slow'),
    ]);
    expect(plainLines(done, done).urgent).toEqual([]);
  });

  it('report a stall, and its end', () => {
    const seconds = 3600;
    const isStill = reduce(
      state,
      polled((row) => row, seconds),
    );
    const { urgent } = plainLines(state, isStill);
    expect(urgent.join('\n')).toMatch(/stalled/);
    const moves: MonitorState = reduce(
      isStill,
      polled(
        (row) =>
          row.status === 'running'
            ? { ...row, recordsProcessed: (row.recordsProcessed ?? 0) + 5, version: `${row.version}y` }
            : row,
        seconds + 1,
      ),
    );
    expect(plainLines(isStill, moves).urgent.join('\n')).toMatch(/progress again/);
  });

  it('have no line end and a maximum length, whatever the row contains', () => {
    const { urgent } = plainLines(
      state,
      reduce(state, polled(changed(first.id, { status: 'failed', errorMessage: 'x\u001B[2J\n'.repeat(10_000) }))),
    );
    expect(urgent).not.toEqual([]);
    for (const line of urgent) {
      expect(line.length).toBeLessThanOrEqual(300);
      expect(line).not.toMatch(/[\u0000-\u001F\u007F-\u009F]/);
    }
  });
});
