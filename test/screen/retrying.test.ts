import { describe, expect, it } from 'vitest';
import { observe } from '../../source/domain/observation.ts';
import type { Status } from '../../source/domain/operation.ts';
import { triageOf } from '../../source/domain/triage-tally.ts';
import { createMetrics } from '../../source/monitor/metrics.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import { rowsOf } from '../../source/monitor/views.ts';
import type { TableRow } from '../../source/presentation/rows.ts';
import { statusDocument } from '../../source/presentation/status-document.ts';
import { statusText } from '../../source/presentation/status-text.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { countsLine } from '../../source/screen/counts.tsx';
import { phasesLines } from '../../source/screen/phases.ts';
import { tablesLines } from '../../source/screen/tables.ts';
import { operation, snapshot, takenAt } from '../support/fixtures.ts';
import { migrationState } from '../support/migration.ts';
import { totalsOf } from '../support/totals.ts';

const theme = themeOf({ LANG: 'C.UTF-8' });
const textOf = (line: readonly { readonly text: string }[]): string => line.map(({ text }) => text).join('');

/** Three unresolved failures of cases, of which operations 11 and 12 repeat two, and one of fees. @param statuses of these two */
function withRetries(statuses: readonly Status[]) {
  const failed = [1, 2, 3, 4].map((id) =>
    operation({ id, tableName: id < 4 ? 'cases' : 'fees', status: 'failed', completedAt: takenAt - 90, workerId: 1 }),
  );
  const retries = statuses.map((status, index) =>
    operation({ id: 11 + index, tableName: 'cases', status, workerId: 2 + index }),
  );
  const triage = triageOf(
    failed.map(({ id, identity, version, phase, tableName, workerId }) => ({
      ...{ id, identity, version, phase, tableName, workerId, kind: 'deadlock detected', sqlState: null },
      failedAt: takenAt - 90,
      resolution: { kind: 'unresolved' as const },
      ...(id <= statuses.length && { openAttempt: 10 + id }),
    })),
    true,
  );
  const live = retries.filter(({ status }) => status !== 'pending');
  return snapshot({
    takenAt,
    totals: totalsOf([...failed, ...retries]),
    operations: live,
    failures: failed,
    triage,
    counts: { paused: live.filter(({ status }) => status === 'paused').length, failed: failed.length },
  });
}

function stateOf(statuses: readonly Status[], columns: number): MonitorState {
  return { ...migrationState({ columns, rows: 24 }), latest: observe(null, withRetries(statuses)) };
}

describe('failures that are being retried', () => {
  it.each([
    [['pending', 'running'], '4 unresolved (2 retrying) of 4 failed'],
    [['paused', 'running'], '4 unresolved (1 retrying, 1 paused) of 4 failed'],
    [['paused'], '4 unresolved (1 retry paused) of 4 failed'],
    [[], '4 unresolved of 4 failed'],
  ] as const)('are named alike on line 3 and by status: %j', (statuses, text) => {
    expect(textOf(countsLine(stateOf(statuses, 120), theme))).toContain(`  ${text}  `);
    const report = { snapshot: withRetries(statuses), throughput: [], activity: [], runStarts: [] };
    expect(statusText(statusDocument(stateOf(statuses, 80).target, report))).toContain(text);
  });

  it('are on line 3 before the number of all failures where the room is short', () => {
    const text = textOf(countsLine(stateOf(['pending', 'running'], 50), theme));
    expect(text).toContain('4 unresolved (2 retrying)  ');
    expect(text).not.toContain('failed');
  });

  it('are not named as left out of the ETA, unless a retry is paused: then its operation is', () => {
    const notIncluded = (statuses: readonly Status[]) => {
      const report = { snapshot: withRetries(statuses), throughput: [], activity: [], runStarts: [] };
      return statusDocument(stateOf(statuses, 80).target, report).summary.notIncluded;
    };
    expect(notIncluded([])).toMatchObject({ paused: 0, unresolved: 4 });
    expect(notIncluded(['pending', 'running'])).toMatchObject({ paused: 0, unresolved: 2 });
    expect(notIncluded(['paused', 'running'])).toMatchObject({ paused: 1, unresolved: 2 });
  });

  it('are counted in JSON, of each table too, and in the metrics, by whether their retries are paused', () => {
    const state = stateOf(['paused', 'running'], 80);
    const report = { snapshot: withRetries(['paused', 'running']), throughput: [], activity: [], runStarts: [] };
    const { summary, tables } = statusDocument(state.target, report);
    expect(summary).toMatchObject({ unresolved: 4, beingRetried: 2, pausedRetries: 1 });
    expect(tables).toMatchObject([
      { tableName: 'cases', unresolvedInAllPhases: 3, beingRetried: 2, pausedRetries: 1, outcome: null },
      { tableName: 'fees', unresolvedInAllPhases: 1, beingRetried: 0, pausedRetries: 0, outcome: 'ended' },
    ]);
    const metrics = createMetrics('1')(state, { polls: 1, failures: 0, seconds: 0, answeredAt: 0 });
    expect(metrics.find(({ name }) => name === 'migtop_unresolved_failures_retried')?.samples).toEqual([
      { labels: { state: 'active' }, value: 1 },
      { labels: { state: 'paused' }, value: 1 },
    ]);
  });

  it('are named in the phases of Overview, and of the table under the cursor in Tables', () => {
    const state = { ...stateOf(['pending', 'running'], 120), view: 'tables' as const };
    if (state.latest === null) return expect.fail('nothing was observed');
    const phases = phasesLines(state, state.latest, 120, theme).map(({ line }) => textOf(line));
    expect(phases.join('\n')).toMatch(/execution .* 4 unresolved \(2 retrying\)/);
    const context = { theme, takenAt, zone: undefined, mayBeHidden: false };
    const rows = rowsOf(state, 'tables') as TableRow[];
    const cursors = { ...state.cursors, tables: { ...state.cursors.tables, key: 'cases' } };
    const tables = tablesLines({ ...state, cursors }, rows, context).map(({ line }) => textOf(line));
    expect(tables.join('\n')).toContain('cases: 3 unresolved (2 retrying)');
  });
});
