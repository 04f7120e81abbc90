import { expect, it } from 'vitest';
import type { KindSummary } from '../../source/domain/triage.ts';
import { failuresNote, kindColumns } from '../../source/presentation/kind-columns.ts';
import { kindRows } from '../../source/presentation/kind-rows.ts';
import { needsOf, placeColumns } from '../../source/presentation/placed-columns.ts';
import { themeOf } from '../../source/presentation/theme.ts';

const context = { theme: themeOf({ LANG: 'C.UTF-8' }), takenAt: 0, zone: undefined, mayBeHidden: false };
const names = ['case_file_relations', 'charges', 'notes'];
const summary: KindSummary = {
  kind: 'deadlock detected',
  sqlState: null,
  failed: 3,
  unresolved: 3,
  accepted: 0,
  tables: names.map((tableName) => ({ tableName, failed: 1, unresolved: 1 })),
  workers: [],
  firstSeenAt: null,
  lastSeenAt: null,
  newestId: 1,
  suggestion: null,
  parents: [],
};

it('shows what a watched retry does after the kind, in two words where both do not fit', () => {
  const column = kindColumns.find(({ title }) => title === 'KIND');
  const watched = { failureKind: summary.kind, text: 'retry 2135 pending for 12s', brief: 'retry pending' };
  const [row] = kindRows([summary], watched);
  const shownIn = (width: number) => (row === undefined ? null : column?.cell(row, width, context));
  expect(shownIn(60)).toMatchObject({ text: 'deadlock detected · retry 2135 pending for 12s' });
  expect(shownIn(36)).toMatchObject({ text: 'deadlock detected · retry pending' });
  expect(shownIn(30)).toMatchObject({ text: 'deadlock dete… · retry pending' });
});

it('keeps the beginning of the kind beside failures that are new and retries of which some are paused', () => {
  const column = kindColumns.find(({ title }) => title === 'KIND');
  const [row] = kindRows([{ ...summary, failed: 14, unresolved: 14 }]);
  const shownIn = (width: number, paused: number) => {
    const retries = { open: 8, paused, mayBePaused: false };
    const unseen = { isNewKind: false, failures: 3 };
    return row === undefined ? null : column?.cell({ ...row, retries, unseen }, width, context);
  };
  expect(shownIn(60, 5)).toMatchObject({ text: 'deadlock detected · +3 new · 3 retrying, 5 paused' });
  expect(shownIn(44, 5)).toMatchObject({ text: 'deadlock de… · +3 new · 3 retrying, 5 paused' });
  expect(shownIn(34, 5)).toMatchObject({ text: 'deadlock detect… · +3 new · 8 open' });
  expect(shownIn(34, 8)).toMatchObject({ text: 'deadlock dete… · +3 new · 8 paused' });
});

it.each([
  [18, 'case_file_rela… +2'],
  [22, 'case_file_relations +2'],
  [40, 'case_file_relations, charges, notes'],
])('the tables of a kind in %d columns say how many there are beside the first', (width, shown) => {
  const column = kindColumns.find(({ title }) => title === 'TABLES');
  const [row] = kindRows([summary]);
  expect(row === undefined ? null : column?.cell(row, width, context)).toBe(shown);
});

it('keeps no room for tables that it does not fill, as long as the text of a kind is cut', () => {
  const kind = 'invalid byte sequence for encoding "UTF8": 0xc3 0x28 in the column notes of the source';
  const widthsOf = (tables: readonly string[], width: number) => {
    const one = { ...summary, kind, tables: tables.map((tableName) => ({ tableName, failed: 1, unresolved: 1 })) };
    const rows = kindRows([one]);
    const placed = placeColumns(kindColumns, width, needsOf(kindColumns, rows, context));
    const of = (title: string) => placed.find(({ column }) => column.title === title)?.width ?? 0;
    return { kind: of('KIND'), tables: of('TABLES') };
  };
  const [short, many] = [widthsOf(['case_notes'], 76), widthsOf(['brackets', 'charges', 'evidence_items'], 76)];
  expect(short.tables).toBe(10);
  expect(many.tables).toBe('brackets +2'.length);
  expect(short.kind - many.kind).toBe(many.tables - 10);
  // A name that is cut has the usual room.
  expect(widthsOf(['evidence_chain_of_custody_events', 'charges'], 76).tables).toBe(18);
  // Once the text of the kind is whole, the tables get the rest.
  expect(widthsOf(['brackets', 'charges', 'evidence_items'], 200).tables).toBeGreaterThan(30);
});

it('shortens the end of the title of Failures before it is cut', () => {
  const figures = { unresolved: 38, resolved: 24, accepted: 0, kinds: 4 };
  const retries = { open: 11, paused: 11, mayBePaused: false };
  const lines = failuresNote({ ...figures, retries }, null, { hidden: true, name: 'h' });
  const whole = '  38 unresolved (11 retries paused) in 4 kinds  24 resolved';
  expect(lines.map((line) => line.map(({ text }) => text).join(''))).toEqual([
    `${whole} (h shows them)`,
    `${whole} (h shows)`,
    `${whole} (h)`,
  ]);
});
