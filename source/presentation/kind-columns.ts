import type { OpenRetries } from '../domain/open-retry.ts';
import { secondsSince } from '../domain/operation.ts';
import { type CellContext, type Column, dash } from './columns.ts';
import { count, duration } from './figures.ts';
import { text } from './line.ts';
import { retriedInBrackets, retriedNotes } from './retried-text.ts';
import type { KindRow } from './rows.ts';
import { truncate, widthOf } from './text-width.ts';
import type { Line } from './theme.ts';

type KindColumn = Column<KindRow>;

/** How many columns a kind has at least beside what is said of it. */
const leastKind = 10;

const columns = {
  unresolved: {
    title: 'UNRES',
    width: 5,
    align: 'right',
    cell: ({ summary }, width) => ({
      text: count(summary.unresolved, width),
      tone: summary.unresolved > 0 ? 'bad' : 'dim',
    }),
    help: 'unresolved of this kind',
    sort: { name: 'unresolved', value: ({ summary }) => summary.unresolved, first: 'highest' },
  },
  failed: {
    title: 'ALL',
    width: 4,
    align: 'right',
    cell: ({ summary }, width) => ({ text: count(summary.failed, width), tone: 'dim' }),
    help: 'all failures of this kind',
    sort: { name: 'failed', value: ({ summary }) => summary.failed, first: 'highest' },
  },
  kind: {
    title: 'KIND',
    width: 24,
    grow: 20,
    cell: (row, width, { theme }) => {
      const { summary, watched } = row;
      const { kind, unresolved } = summary;
      const { separator, ellipsis } = theme.glyphs;
      const notes = watched === undefined ? stateNotes(row) : [watched.text, watched.brief];
      const news = unseenNote(row);
      const all = notes.length === 0 ? [''] : notes;
      const [long = '', brief = long, fewest = brief] = all.map((note) =>
        [news, note]
          .filter(Boolean)
          .map((one) => ` ${separator} ${one}`)
          .join(''),
      );
      // The line below the list has the whole text of the kind under the cursor.
      const short = width - widthOf(brief) >= leastKind ? brief : fewest;
      const after = widthOf(kind + long) <= width ? long : short;
      return {
        text: truncate(kind, Math.max(1, width - widthOf(after)), ellipsis) + after,
        tone: unresolved > 0 ? 'plain' : 'dim',
      };
    },
    sort: { name: 'kind', value: ({ summary }) => summary.kind },
  },
  // Empty without a SQLSTATE: the column is left out if no kind has one.
  sqlState: {
    title: 'STATE',
    width: 5,
    common: 'SQLSTATE',
    isOmittedIfEmpty: true,
    cell: ({ summary }) => summary.sqlState ?? '',
    help: 'SQLSTATE',
  },
  tables: {
    title: 'TABLES',
    isList: true,
    width: 18,
    grow: 1,
    cell: ({ summary }, width, context) => tablesText(summary.tables, width, context),
  },
  workers: {
    title: 'WORKERS',
    isList: true,
    width: 12,
    grow: 1,
    cell: ({ summary }, width, context) => listText(summary.workers, width, context),
  },
  first: {
    title: 'FIRST',
    width: 8,
    align: 'right',
    cell: ({ summary }, _width, context) => ago(summary.firstSeenAt, context),
    sort: { name: 'first', value: ({ summary }) => summary.firstSeenAt },
  },
  newest: {
    title: 'NEWEST',
    width: 8,
    align: 'right',
    cell: ({ summary }, _width, context) => ago(summary.lastSeenAt, context),
    sort: { name: 'newest', value: ({ summary }) => summary.lastSeenAt, first: 'highest' },
  },
} satisfies Record<string, KindColumn>;

/** The kinds of failure in the Failures view. */
export const kindColumns: readonly KindColumn[] = [
  columns.unresolved,
  { ...columns.failed, from: 72 },
  columns.kind,
  { ...columns.sqlState, from: 100 },
  columns.tables,
  { ...columns.workers, from: 140 },
  { ...columns.first, from: 100 },
  columns.newest,
];

/** The unresolved kinds in the Overview. */
export const overviewKindColumns: readonly KindColumn[] = [
  // Without its title, it needs less.
  { ...columns.unresolved, width: 4 },
  columns.kind,
  { ...columns.tables, width: 18 },
  columns.newest,
];

/** `new` of a kind that the operator has not looked at yet, `+3 new` of one that has more failures since; '' without any. */
function unseenNote({ unseen }: KindRow): string {
  if (unseen === undefined) return '';
  return unseen.isNewKind ? 'new' : `+${count(unseen.failures)} new`;
}

/** How many failures of a kind are retried now; of a kind without unresolved failures the words `resolved` or `accepted`. */
function stateNotes({ summary: { unresolved, accepted, failed }, retries }: KindRow): readonly string[] {
  const retried = retriedNotes(retries, unresolved);
  if (retried.length > 0) return retried;
  if (unresolved > 0 || failed === 0) return [];
  if (accepted === 0) return ['resolved'];
  return accepted === failed
    ? ['accepted']
    : [`${count(accepted)} accepted, ${count(failed - accepted)} resolved`, 'accepted'];
}

function tablesText(tables: KindRow['summary']['tables'], width: number, context: CellContext): string {
  return listText(
    tables.map(({ tableName }) => tableName),
    width,
    context,
  );
}

/** As many items as fit, and how many more there are: `brackets, charges +6`. The number stays if the first item is cut. */
function listText(items: readonly (string | number)[], width: number, { theme }: CellContext): string {
  const [first = ''] = items;
  if (items.length < 2) return String(first);
  const more = ` +${items.length - 1}`;
  let best = truncate(String(first), Math.max(1, width - more.length), theme.glyphs.ellipsis) + more;
  let line = String(first);
  for (let shown = 2; shown <= items.length; shown++) {
    line += `, ${items[shown - 1]}`;
    if (line.length > width) break;
    const rest = items.length - shown;
    const whole = `${line}${rest === 0 ? '' : ` +${rest}`}`;
    if (whole.length <= width) best = whole;
  }
  return best;
}

function ago(timestamp: number | null, { takenAt, zone }: Pick<CellContext, 'takenAt' | 'zone'>): string {
  return timestamp === null ? dash : duration(secondsSince(timestamp, takenAt, zone));
}

/** The tables and workers of a kind in full, and its first failure: `8 tables: brackets, charges, …`, `2 workers: 14, 16; first 3h 52m ago`. */
export function kindFacts(
  { tables, workers, firstSeenAt, failed }: KindRow['summary'],
  context: CellContext,
): string[] {
  const all = (items: readonly (string | number)[], one: string): string =>
    `${count(items.length)} ${one}${items.length === 1 ? '' : 's'}: ${items.join(', ')}`;
  const seconds = firstSeenAt === null ? null : secondsSince(firstSeenAt, context.takenAt, context.zone);
  const first = failed < 2 || seconds === null ? '' : `first ${duration(seconds)} ago`;
  const names = tables.map(({ tableName }) => tableName);
  return [
    // The column has one name as a whole.
    names.length < 2 ? '' : all(names, 'table'),
    [workers.length === 0 ? '' : all(workers, 'worker'), first].filter(Boolean).join('; '),
  ].filter(Boolean);
}

/**
 * The title of the Failures view: `39 unresolved (11 retrying) in 4 kinds  24 resolved (h shows them)`; with a filter `12 of 39 unresolved match the
 * filter, in 1 kind`; from the longest to the shortest text, which has fewer words for the key.
 *
 * @param ofAll how many are unresolved without the filter; null if there is none
 */
export function failuresNote(
  {
    unresolved,
    resolved,
    accepted,
    kinds,
    retries,
  }: {
    readonly unresolved: number;
    readonly retries?: OpenRetries;
    readonly resolved: number;
    readonly accepted: number;
    readonly kinds: number;
  },
  ofAll: number | null,
  key: { readonly hidden: boolean; readonly name: string },
): readonly Line[] {
  const others = [resolved > 0 ? `${count(resolved)} resolved` : '', accepted > 0 ? `${count(accepted)} accepted` : '']
    .filter(Boolean)
    .join(', ');
  const verb = key.hidden ? 'shows' : 'hides';
  const hints =
    others === '' ? [''] : [`${verb} them`, verb, ''].map((words) => `  ${others} (${`${key.name} ${words}`.trim()})`);
  const before = [
    text('  '),
    ...unresolvedNote(unresolved, ofAll, retries),
    text(kinds === 0 ? '' : `${ofAll === null ? '' : ','} in ${count(kinds)} ${kinds === 1 ? 'kind' : 'kinds'}`, 'dim'),
  ];
  return hints.map((hint) => [...before, text(hint, 'dim')]);
}

/**
 * How many failures are unresolved, and how many of them are retried now; with a filter how many of them match it.
 *
 * @param ofAll their number without the filter; null if there is none
 * @param retries the open retries of all of them
 */
export function unresolvedNote(unresolved: number, ofAll: number | null, retries?: OpenRetries): Line {
  const tone = unresolved > 0 ? 'bad' : 'dim';
  if (ofAll === null || ofAll === 0)
    return [text(`${count(unresolved)} unresolved`, tone), text(retriedInBrackets(retries, unresolved))];
  return [text(`${count(unresolved)} of ${count(ofAll)} unresolved`, tone), text(' match the filter', 'dim')];
}
