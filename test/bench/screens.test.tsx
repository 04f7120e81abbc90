import { expect, it } from 'vitest';
import { screenSize } from '../../bench/recording.ts';
import { runningWorker, wholeTotals } from '../../bench/screens.ts';
import type { Operation } from '../../source/domain/operation.ts';
import { initialState } from '../../source/monitor/initial-state.ts';
import { reduce } from '../../source/monitor/reduce.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { Screen } from '../../source/screen/app.tsx';
import { nowMs, operation, snapshot, takenAt, target } from '../support/fixtures.ts';
import { renderScreen } from '../support/render.tsx';
import { total } from '../support/totals.ts';

const tables = 200;
const theme = themeOf({ LANG: 'C.UTF-8' });

function nameOf(table: number): string {
  return `legacy_table_${String(table).padStart(3, '0')}`;
}

/** The bench's running operations in a table of `rows` rows (bench/fill.sql). */
function runningIn(rows: number): Operation[] {
  return Array.from({ length: 48 }, (_, index) =>
    operation({
      id: rows - index,
      tableName: nameOf(tables - 1 - (index % 6)),
      operation: 'batch_migration',
      status: 'running',
      recordsProcessed: 250,
      totalRecords: Math.max(1, Math.floor(rows / tables)) * 500,
      batchSize: 500,
      workerId: 1 + (index % 24),
    }),
  );
}

/** The Overview as the bench sees it: on its terminal, with a table of the bench that has so many completed operations. */
async function overviewWith(completed: number, isCounted: boolean): Promise<string> {
  const coverage = { share: isCounted ? 1 : 0.5, countedAt: isCounted ? takenAt : null, isStale: false };
  const inTable = Math.floor(completed / tables);
  const totals = Array.from({ length: tables }, (_, table) => {
    const done = table === 0 ? completed - inTable * (tables - 1) : inTable;
    return total({ tableName: nameOf(table), statuses: { completed: done }, recordsProcessed: done * 500 });
  });
  const start = initialState({ target, readOnly: null, intervalSeconds: 1, window: screenSize, nowMs });
  const state = reduce(start, {
    kind: 'polled',
    snapshot: snapshot({
      totals,
      coverage,
      counts: { running: 48, paused: 0, failed: 3 },
      operations: runningIn(completed + 400),
    }),
    atMs: nowMs + 1000,
    nextSeconds: 1,
  });
  await using screen = await renderScreen(<Screen state={state} theme={theme} />, screenSize);
  return await screen.text();
}

// The smoke run has ten thousand rows. These are the numbers of the default size, ten million rows, and of others.
it.each([0, 7, 9_400, 999_999, 9_999_999, 10_010_000, 123_456_789, 4_000_000_000])(
  'the bench recognizes the screen of a table with %d completed operations',
  async (completed) => {
    const text = await overviewWith(completed, true);
    expect(text).toMatch(wholeTotals);
    expect(text).toMatch(runningWorker);
  },
);

it('the bench shows the default size abbreviated, as in the test above', async () => {
  expect(await overviewWith(10_010_000, true)).toContain('10.01M done');
});

it('the bench does not take a partial count for a complete one', async () => {
  const text = await overviewWith(10_010_000, false);
  expect(text).not.toMatch(wholeTotals);
  expect(text).toMatch(runningWorker);
});
