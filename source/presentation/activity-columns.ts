import { isOverwritingOpen } from '../domain/audited-results.ts';
import { secondsSince } from '../domain/operation.ts';
import { operatorName } from '../domain/operator-name.ts';
import { resultText } from './action-text.ts';
import { bulkResultOf, distinctValues } from './activity-bulk.ts';
import { type Cell, type CellContext, type Column, dash } from './columns.ts';
import { eventText } from './event-text.ts';
import { count, duration, minuteText, secondText } from './figures.ts';
import type { ActivityRow } from './rows.ts';
import { actionWord } from './size-text.ts';
import { truncate, widthOf } from './text-width.ts';
import type { Tone } from './theme.ts';

/** From this width on, the reason has a column; in narrower lists it stands before the result. */
const reasonFrom = 110;

/** From this width on, the time of day has a column beside the age; below every list, the text of the selected row begins with it. */
const atFrom = 120;

/**
 * The columns of the Activity view, from left to right. The text of an event begins where results do, and goes on over the columns
 * after it, in which only actions have values.
 */
export const activityColumns: readonly Column<ActivityRow>[] = [
  {
    title: 'AGO',
    width: 7,
    align: 'right',
    cell: (row, _width, { takenAt }) => {
      const at = timeOf(row);
      if (at !== null) return duration(secondsSince(at, takenAt));
      // How old a problem is that migtop found when it looked first, nobody knows.
      return row.event === null ? dash : 'earlier';
    },
    sort: {
      name: 'ago',
      value: (row) => {
        const at = timeOf(row);
        return at === null ? null : -at;
      },
    },
  },
  {
    title: 'AT',
    isOmittedIfEmpty: true,
    width: 8,
    longer: 11,
    from: atFrom,
    cell: (row, _width, context) => clockOf(row, context, true),
    help: 'when it happened, on the clock of line 1',
  },
  {
    title: 'WHAT',
    width: 8,
    cell: ({ entry, event }) => {
      if (event === null) return entry === null ? 'counts' : shortAction(entry.action);
      const { word, tone } = eventText(event.what);
      return { text: word, tone };
    },
    sort: {
      name: 'what',
      value: ({ entry, event }) => (event === null ? (entry?.action ?? null) : eventText(event.what).word),
    },
  },
  {
    title: 'ID',
    width: 7,
    align: 'right',
    whole: true,
    cell: (row) => (row.bulk === null ? String(operationIdOf(row) ?? dash) : `${count(row.bulk.counts.total, 5)} ops`),
    sort: { name: 'id', value: operationIdOf, first: 'highest' },
  },
  {
    title: 'TABLE',
    isOmittedIfEmpty: true,
    width: 14,
    grow: 6,
    isName: true,
    from: reasonFrom,
    cell: (row) => tableNameOf(row) ?? dash,
    sort: { name: 'table', value: tableNameOf },
  },
  {
    title: 'REASON, RESULT',
    width: 22,
    grow: 4,
    takesEmpty: true,
    isMeasured: ({ entry }) => entry !== null,
    until: reasonFrom,
    cell: (row, width, context) => reasonAndResult(row, width, context),
  },
  {
    title: 'RESULT',
    width: 22,
    grow: 3,
    takesEmpty: true,
    isMeasured: ({ entry }) => entry !== null,
    from: reasonFrom,
    cell: (row, _width, context) => resultCell(row, context),
    sort: { name: 'result', value: ({ entry }) => entry?.outcome ?? null },
  },
  {
    title: 'FROM',
    isOmittedIfEmpty: true,
    width: 9,
    from: 140,
    cell: (row) => distinctValues(row, ({ fromStatus }) => fromStatus).join(', '),
    sort: { name: 'from', value: ({ entry }) => entry?.fromStatus ?? null },
  },
  {
    title: 'TO',
    isOmittedIfEmpty: true,
    width: 8,
    from: 140,
    cell: (row) => distinctValues(row, ({ toStatus }) => toStatus).join(', '),
    sort: { name: 'to', value: ({ entry }) => entry?.toStatus ?? null },
  },
  {
    title: 'BY',
    isOmittedIfEmpty: true,
    width: 8,
    until: 90,
    // The host would leave too little room for the result.
    cell: ({ entry }) => (entry === null ? '' : operatorName({ ...entry, host: '' })),
    sort: { name: 'by', value: ({ entry }) => (entry === null ? null : operatorName(entry)) },
  },
  {
    title: 'BY',
    isOmittedIfEmpty: true,
    width: 10,
    grow: 1,
    from: 90,
    cell: ({ entry }) => (entry === null ? '' : operatorName(entry)),
    sort: { name: 'by', value: ({ entry }) => (entry === null ? null : operatorName(entry)) },
  },
  {
    title: 'ROLE',
    isOmittedIfEmpty: true,
    width: 10,
    from: 150,
    cell: ({ entry }) => entry?.databaseRole ?? '',
    sort: { name: 'role', value: ({ entry }) => entry?.databaseRole ?? null },
  },
  {
    title: 'REASON',
    isOmittedIfEmpty: true,
    width: 12,
    grow: 2,
    from: reasonFrom,
    cell: ({ entry }) => entry?.reason ?? '',
    sort: { name: 'reason', value: ({ entry }) => entry?.reason ?? null },
  },
];

/** The action in the room of WHAT. */
function shortAction(action: string): string {
  return actionWord(action) === 'batch size' ? 'batch' : actionWord(action);
}

/** When it happened, on the database's clock; null if unknown. */
export function timeOf({ entry, change, event }: ActivityRow): number | null {
  if (event?.what.kind === 'findings' && event.what.isOld) return null;
  return event?.at ?? change?.at ?? entry?.at ?? null;
}

/**
 * When it happened, on the clock of the table's writers: `10:21:07`; of another day with its date, for a column `11-04 22:40`, of another
 * year `2025-12-31`; '' if unknown.
 */
function clockOf(row: ActivityRow, { takenAt, zone }: CellContext, isShort: boolean): string {
  const at = timeOf(row);
  const text = at === null ? null : secondText(at, zone);
  if (text === null) return '';
  if (text.slice(0, 10) === secondText(takenAt, zone)?.slice(0, 10)) return text.slice(11);
  return isShort ? minuteText(text, secondText(takenAt, zone)) : text;
}

/** The operation that a row is about; null for none. */
export function operationIdOf({ entry, event, bulk }: ActivityRow): number | null {
  if (bulk !== null) return null;
  return event === null ? (entry?.operationId ?? null) : eventText(event.what).operationId;
}

/** The table that a row is about; null if unknown. */
export function tableNameOf({ entry, tracked, change, event, bulk }: ActivityRow): string | null {
  if (bulk !== null) {
    const names = bulk.counts.tables ?? new Set(bulk.rows.map(tableNameOf).filter((name) => name !== null));
    const [only = null] = names;
    const listed = bulk.rows.filter(({ entry }) => entry?.outcome === 'applied').length;
    // The other rows of a large action may be on other tables.
    if (bulk.counts.tables === undefined && only !== null && listed < (bulk.counts.outcomes.get('applied') ?? 0))
      return `${names.size === 1 ? '1 table' : `${count(names.size)} tables`} or more`;
    return names.size > 1 ? `${count(names.size)} tables` : only;
  }
  if (event !== null) return eventText(event.what).tableName;
  // For an action of another session, only the id may be known.
  return change?.tableName ?? (tracked?.tableName || entry?.row?.tableName || null);
}

interface Result {
  readonly text: string;
  readonly tone: Tone;
}

function resultCell(row: ActivityRow, { mayBeHidden }: CellContext, isShort = true): Result {
  const { entry, change, event, tracked, result } = row;
  if (row.bulk !== null) return bulkResultOf(row, isShort);
  if (event !== null) {
    const { text, tone } = eventText(event.what);
    return { text, tone };
  }
  if (entry === null) return { text: `now ${change?.to} instead of ${change?.from} (its rows changed)`, tone: 'warn' };
  const isBad = isOverwritingOpen(result) || tracked?.result.kind === 'progressing';
  const isGood = tracked?.result.kind === 'acknowledged';
  const tone = isBad ? 'bad' : entry.outcome !== 'applied' ? 'warn' : isGood ? 'good' : 'plain';
  const text = resultText(entry, result, tracked, mayBeHidden);
  return { text: row.failureKind === undefined ? text : `${text}: ${row.failureKind}`, tone };
}

/** Where the list has no room for the table's name, it stands before an event. */
function withTable({ event, change }: ActivityRow, result: Result): Result {
  const name = event === null ? (change?.tableName ?? null) : eventText(event.what).tableName;
  return name === null ? result : { ...result, text: `${name}: ${result.text}` };
}

/** The time, the reason and the result in full. */
export function fullText(row: ActivityRow, context: CellContext): string {
  const clock = clockOf(row, context, false);
  const what = reasonAndText(row, context);
  return clock === '' ? what : `${clock} ${context.theme.glyphs.separator} ${what}`;
}

function reasonAndText(row: ActivityRow, context: CellContext): string {
  const { text } = withTable(row, resultCell(row, context, false));
  const reason = row.entry?.reason || (row.entry?.action === 'pause' ? 'no reason given' : '');
  return reason === '' ? text : `${reason} ${context.theme.glyphs.separator} ${text}`;
}

/** Minimum columns of a result that is cut for a long reason. */
const shortestResult = 18;

function reasonAndResult(row: ActivityRow, width: number, context: CellContext): Cell {
  const whole = withTable(row, resultCell(row, context));
  // The columns before it say how many were accepted; their kind has as much room as the note.
  const isOfKind = row.entry?.action === 'accept' && /^accepted(?: [\d,]+)?: /.test(whole.text);
  const result = isOfKind ? { ...whole, text: whole.text.replace(/^accepted[^:]*: /, '') } : whole;
  const reason = row.entry?.reason ?? null;
  if (reason === null) return result;
  const { ellipsis } = context.theme.glyphs;
  const gap = 3;
  const least = isOfKind ? Math.floor((width - gap) / 2) : shortestResult;
  const room = Math.max(least, width - gap - widthOf(reason));
  const shownResult = truncate(result.text, room, ellipsis);
  const shownReason = truncate(reason, Math.max(0, width - gap - widthOf(shownResult)), ellipsis);
  const blanks = ' '.repeat(Math.max(0, width - gap - widthOf(shownReason) - widthOf(shownResult)));
  return [
    { text: shownReason },
    { text: ` ${context.theme.glyphs.separator} `, tone: 'dim' },
    { text: shownResult + blanks, tone: result.tone },
  ];
}
