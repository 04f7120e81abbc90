import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../source/domain/audit.ts';
import { summariseTables } from '../../source/domain/summary.ts';
import { needsLastActors, resolvedFilter } from '../../source/monitor/filter-facts.ts';
import { tableTest, unappliedTerms } from '../../source/monitor/filter-views.ts';
import { initialState } from '../../source/monitor/initial-state.ts';
import { reduce } from '../../source/monitor/reduce.ts';
import { type MonitorState, shown } from '../../source/monitor/state.ts';
import { rowsOf } from '../../source/monitor/views.ts';
import { bracketRows, junctionRows } from '../domain/build.ts';
import { auditEntry, snapshotOf, takenAt, target } from '../support/fixtures.ts';
import { totalsOf } from '../support/totals.ts';

const examples = [...bracketRows, ...junctionRows];
const tables = summariseTables(totalsOf(examples));

function stateWith(text: string): MonitorState {
  const window = { columns: 80, rows: 24 };
  const first = initialState({ target, readOnly: null, intervalSeconds: 1, window, nowMs: 0 });
  const polled = reduce(first, { kind: 'polled', snapshot: snapshotOf(examples, takenAt), atMs: 0, nextSeconds: 1 });
  return reduce(polled, { kind: 'filtered', filter: text });
}

function namesFor(text: string): string[] {
  const state = stateWith(text);
  const observation = shown(state);
  if (observation === null) throw new Error('nothing was polled');
  return tables.filter(tableTest(state, observation)).map(({ tableName }) => tableName);
}

describe('tables that pass', () => {
  it.each([
    ['', ['brackets', 'case_file_relationships', 'cases']],
    ['status:failed', ['case_file_relationships']],
    ['!status:failed', ['brackets', 'cases']],
    ['status:failed,completed', ['brackets', 'case_file_relationships', 'cases']],
    ['status:pending', []],
    ['phase:validation', []],
    ['phase:execution table:case', ['case_file_relationships', 'cases']],
    ['table:=cases', ['cases']],
    ['cases', ['cases']],
    ['!cases', ['brackets', 'case_file_relationships']],
    ['kind:"foreign key"', ['case_file_relationships']],
    ['kind:nothing', []],
    ['is:unresolved', ['case_file_relationships']],
    ['is:resolved', []],
    ['!is:stalled', ['brackets', 'case_file_relationships', 'cases']],
    ['worker:99', ['brackets', 'case_file_relationships', 'cases']],
  ])('%j', (text, names) => {
    expect(namesFor(text)).toEqual(names);
  });
});

describe('rows of Activity that pass', () => {
  const entry = (operationId: number, fields: Partial<AuditEntry>) =>
    auditEntry({ databaseRole: 'migrator', operationId, ...fields });
  const activity = [
    entry(10, { osUser: 'ops2', reason: 'replica lag' }),
    entry(12, { at: takenAt - 7200 }),
    entry(13, { action: 'skip', toStatus: 'skipped', outcome: 'stale' }),
  ];

  it.each([
    ['', [10, 12, 13]],
    ['since:15m', [10, 13]],
    ['!since:15m', [12]],
    ['by:ops2', [10]],
    ['!by:ops2', [12, 13]],
    ['by:*@bastion since:15m', [10, 13]],
    ['lag', [10]],
    ['skip', [13]],
    ['stale', [13]],
    ['id:11..', [12, 13]],
    ['table:case_file', [10]],
    ['worker:7 by:ops2', [10]],
  ])('%j', (text, ids) => {
    const state = reduce(stateWith(text), { kind: 'audited', activity, atMs: 0 });
    expect(rowsOf(state, 'activity').map(({ entry: one }) => one?.operationId)).toEqual(ids);
  });
});

describe('operations by who acted on them last', () => {
  const actor = (osUser: string, ids: readonly number[]) => ({
    osUser,
    host: 'bastion',
    databaseRole: 'migrator',
    toStatus: 'paused',
    ids,
  });

  it('are those that are known once a filter needs it, also if the list of actions is shorter', () => {
    const needing = stateWith('by:ops2');
    const state = reduce(needing, {
      kind: 'audited',
      activity: [],
      lastActors: [actor('ops2', [10]), actor('ana', [11])],
      atMs: 0,
    });
    expect(rowsOf(state, 'failures').map(({ key }) => key)).not.toEqual([]);
    expect(resolvedFilter(state)?.terms).toEqual([
      { negated: false, field: 'ids', values: [{ kind: 'only', ids: new Set([10]) }] },
    ]);
    const cleared = reduce(reduce(state, { kind: 'filtered', filter: '' }), { kind: 'audited', activity: [], atMs: 1 });
    expect(cleared.lastActors).toBeNull();
  });

  it('are read again with the list of actions while the filter names an operator', async () => {
    expect(['by:x', '!by:x', 'is:paused-by-me', 'is:stalled,paused-by-me'].map(needsLastActors)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(['', 'is:stalled', 'by:', 'ops2'].map(needsLastActors)).toEqual([false, false, false, false]);
  });
});

describe('terms that a view does not apply', () => {
  it.each([
    ['tables', 'table:cases worker:2 !since:15m status:failed', ['worker:2', '!since:15m']],
    ['activity', 'by:ops2 since:15m status:running is:stalled', ['status:running', 'is:stalled']],
    ['failures', 'by:ops2 since:15m status:failed is:unresolved', []],
  ] as const)('of %s, %j', (view, text, terms) => {
    expect(unappliedTerms(view, text)).toEqual(terms);
  });
});
