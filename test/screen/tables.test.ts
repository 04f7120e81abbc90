import { expect, it } from 'vitest';
import { observe } from '../../source/domain/observation.ts';
import { rowsOf } from '../../source/monitor/views.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { tablesLines } from '../../source/screen/tables.ts';
import { bareOperation, snapshot } from '../support/fixtures.ts';
import { migrationState } from '../support/migration.ts';
import { totalsOf } from '../support/totals.ts';

it('shows how many records exceed the totals of their tables, and so are not in line 2', () => {
  const rows = [700, 700, 600].map((recordsProcessed, index) =>
    bareOperation({
      id: index + 1,
      phase: 'execution',
      tableName: 'cases',
      status: index === 2 ? 'running' : 'completed',
      recordsProcessed,
      totalRecords: 1500,
      batchSize: 700,
      startedAt: 100 * index,
      completedAt: index === 2 ? null : 100 * index + 90,
    }),
  );
  const state = migrationState({ columns: 120, rows: 40 });
  const latest = observe(null, snapshot({ takenAt: 300, totals: totalsOf(rows), operations: rows.slice(2) }));
  const shown = { ...state, latest, view: 'tables' as const };
  const context = { theme: themeOf({ LANG: 'C.UTF-8' }), takenAt: 300, zone: undefined, mayBeHidden: false };
  const [title] = tablesLines(shown, rowsOf(shown, 'tables'), context);
  expect(title?.line.map(({ text }) => text).join('')).toContain('500 records beyond the totals are not in line 2');
});
