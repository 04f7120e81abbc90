import { sizesOf } from '../domain/batch-size.ts';
import type { LongText } from '../domain/long-text.ts';
import { type Memo, noMemo } from '../domain/memo.ts';
import type { Operation } from '../domain/operation.ts';
import { operatorName } from '../domain/operator-name.ts';
import type { OperationDetail } from '../polling/control-table.ts';
import { detailFields, loadedRange, spanText } from './detail-fields.ts';
import type { Fact } from './fact.ts';
import { agoText, duration, timestampText } from './figures.ts';
import { detailColumns, sideBySideFrom } from './layout.ts';
import {
  betweenText,
  betweenTitle,
  type OperationRecord,
  type RecordedAction,
  recordedWord,
} from './operation-record.ts';
import type { SqlText } from './sql-text.ts';
import { statusChange } from './status-change.ts';
import { widthOf, wrap } from './text-width.ts';
import type { Line, Tone } from './theme.ts';
import type { Window } from './window.ts';

/** A line of the detail view: a heading, a field with its value, or a line of a long text. */
export type DocumentLine =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'field'; readonly name: string; readonly value: string; readonly tone?: Tone }
  | { readonly kind: 'text'; readonly text: string; readonly bad: boolean }
  /** A line of a formatted query. */
  | { readonly kind: 'code'; readonly text: string; readonly pieces: Line }
  /** A note that a text continues here; it is read when the operator scrolls. */
  | { readonly kind: 'note'; readonly text: string }
  | {
      readonly kind: 'attempt';
      readonly operation: Operation;
      /** When it started, and its name, as wide as those of the other attempts. */
      readonly started: string;
      readonly elapsed: string;
      readonly isThis: boolean;
    }
  /** A line about an action of an operator. */
  | { readonly kind: 'action'; readonly text: string; readonly bad: boolean };

/** The lines of a text: from `start` to before `end`. Of a long text, one window is loaded. */
export interface TextSection {
  readonly field: LongText;
  readonly start: number;
  readonly end: number;
  /** The text that is shown, and where each of its lines begins in it. */
  readonly text: string;
  readonly offsets: readonly number[];
}

export interface DetailDocument {
  /** The error and the queries; of long ones the loaded window. */
  readonly texts: readonly DocumentLine[];
  readonly sections: readonly TextSection[];
  /** Progress and state, the attempts at the same work, what operators did, and all fields. */
  readonly facts: readonly DocumentLine[];
}

/** The formatted queries; without one the query is shown as it is. */
export type FormattedQueries = Readonly<Partial<Record<LongText, SqlText>>>;

/** Data of the detail view besides the row itself. */
export interface DetailExtras {
  readonly record?: OperationRecord | undefined;
  readonly formatted?: FormattedQueries | undefined;
  /** Whether texts and facts are one below the other: then progress and state come first. */
  readonly isNarrow?: boolean;
  /** Whether the attempts have the time since their start in place of its timestamp: a narrow window has room for their errors then. */
  readonly hasAges?: boolean;
  /** Keeps the lines of the texts: an error may be megabytes long. */
  readonly memo?: Memo | undefined;
}

type Texts = Pick<DetailDocument, 'texts' | 'sections'>;

/** The lines of the texts of an operation, computed once for each width. */
function linesByWidth(detail: OperationDetail) {
  const known = new Map<number, { readonly formatted: FormattedQueries | undefined; readonly texts: Texts }>();
  return (width: number, formatted: FormattedQueries | undefined): Texts => {
    const before = known.get(width);
    if (before !== undefined && before.formatted === formatted) return before.texts;
    const texts = textLines(detail, width, formatted ?? {});
    known.set(width, { formatted, texts });
    return texts;
  };
}

/** The detail of an operation as lines of at most `width` columns. */
export function detailDocument(detail: OperationDetail, width: number, extras: DetailExtras = {}): DetailDocument {
  const texts = (extras.memo ?? noMemo)(linesByWidth, detail)(width, extras.formatted);
  const now = nowLines(width, extras.record);
  const facts = factLines(detail, width, extras);
  if (extras.isNarrow !== true) return { ...texts, facts: [...now, ...facts] };
  return {
    texts: [...now, ...texts.texts],
    sections: texts.sections.map((one) => ({ ...one, start: one.start + now.length, end: one.end + now.length })),
    facts,
  };
}

/** How many rows the detail view would need to show all of it. */
export function detailRows(detail: OperationDetail, window: Window, extras: DetailExtras = {}): number {
  const { texts, facts } = detailDocument(detail, detailColumns(window), extras);
  return window.columns >= sideBySideFrom ? Math.max(texts.length, facts.length) : texts.length + facts.length;
}

/** A line as plain text, as `migtop show` prints it. */
export function lineText(line: DocumentLine): string {
  switch (line.kind) {
    case 'field':
      return `${line.name.padEnd(fieldWidth)}${line.value}`;
    case 'attempt': {
      const { operation, started, elapsed, isThis } = line;
      const error = operation.errorMessage === null ? '' : `  ${operation.errorMessage.replaceAll('\n', ' ')}`;
      // As on the screen, which has a sign of the status before its word.
      return `${isThis ? '*' : ' '}${String(operation.id).padStart(7)}   ${operation.status.padEnd(10)}${elapsed.padStart(8)}  ${started}${error}`;
    }
    default:
      return line.text;
  }
}

/** Columns of a field's name. */
export const fieldWidth = 18;

const blank: DocumentLine = { kind: 'text', text: '', bad: false };

function textLines({ operation, windows }: OperationDetail, width: number, formatted: FormattedQueries): Texts {
  const texts: DocumentLine[] = [];
  const sections: TextSection[] = [];
  const section = (title: string, field: LongText, bad: boolean): void => {
    const raw = operation[field];
    if (raw === null || raw === '') return;
    const loaded = windows?.[field];
    const sql = loaded === undefined ? formatted[field] : undefined;
    const text = sql?.text ?? raw;
    const lines = wrap(text, width - 2);
    const offsets = lineOffsets(text, lines);
    texts.push({ kind: 'heading', text: loaded === undefined ? title : `${title}  ${loadedRange(loaded)}` });
    if (loaded !== undefined && loaded.first > 0) texts.push({ kind: 'note', text: '… more above' });
    const start = texts.length;
    const codes = sql === undefined ? undefined : codeLines(sql.pieces, lines, offsets);
    // Not with a spread: a text may have more lines than a call takes arguments.
    for (const line of codes ?? lines.map((one): DocumentLine => ({ kind: 'text', text: one, bad }))) texts.push(line);
    sections.push({ field, start, end: texts.length, text, offsets });
    if (loaded?.hasMore === true) texts.push({ kind: 'note', text: '… more below' });
    texts.push(blank);
  };
  section('ERROR', 'errorMessage', true);
  section('SOURCE QUERY', 'sourceQuery', false);
  section('VALIDATION QUERY', 'validationQuery', false);
  if (texts.length > 0) return { texts, sections };
  return {
    texts: [{ kind: 'heading', text: 'ERROR' }, { kind: 'text', text: 'none', bad: false }, blank],
    sections,
  };
}

/** Where each line of a wrapped text begins in it: a line end, or the blank at which it was broken, is left out. */
function lineOffsets(text: string, lines: readonly string[]): number[] {
  let at = 0;
  return lines.map((line) => {
    const offset = at;
    at += line.length;
    if (text[at] === '\n' || text[at] === ' ') at += 1;
    return offset;
  });
}

/** The lines of a wrapped text with the tones of its pieces. */
function codeLines(pieces: Line, lines: readonly string[], offsets: readonly number[]): DocumentLine[] {
  let index = 0;
  let begins = 0;
  return lines.map((line, number): DocumentLine => {
    const from = offsets[number] ?? 0;
    const to = from + line.length;
    const within: { text: string; tone?: Tone }[] = [];
    while (index < pieces.length) {
      const piece = pieces[index];
      if (piece === undefined) break;
      const ends = begins + piece.text.length;
      const part = piece.text.slice(Math.max(0, from - begins), Math.max(0, to - begins));
      if (part !== '') within.push({ ...piece, text: part });
      // A part that continues in the next line is handled again there.
      if (ends > to) break;
      begins = ends;
      index += 1;
    }
    return { kind: 'code', text: line, pieces: within };
  });
}

/** Progress and state. */
function nowLines(width: number, record: OperationRecord | undefined): DocumentLine[] {
  return section(
    'NOW',
    (record?.facts ?? []).flatMap((fact) => wrappedField(fact, width)),
  );
}

/** How many lines of progress and state are above the texts. */
export function linesAboveTexts(width: number, { record, isNarrow }: DetailExtras): number {
  return isNarrow === true ? nowLines(width, record).length : 0;
}

/** The column of the names of attempts is no wider: their errors need the room. */
const mostOfName = 20;

function factLines(detail: OperationDetail, width: number, { record, hasAges = false }: DetailExtras): DocumentLine[] {
  const { operation, problems = [], zone, attempts } = detail;
  const takenAt = record?.at ?? detail.takenAt;
  const known = record?.attempts ?? [];
  const others = attempts.filter(({ id }) => !known.some((one) => one.id === id));
  const startOf = ({ startedAt }: Operation): string => (hasAges ? agoText : timestampText)(startedAt, takenAt, zone);
  const attemptLines = (all: readonly Operation[]): DocumentLine[] => {
    const widthOfAll = (texts: readonly string[]): number => Math.max(0, ...texts.map(widthOf));
    const [starts, names] = [
      widthOfAll(['STARTED', ...all.map(startOf)]),
      Math.min(mostOfName, widthOfAll(all.map((one) => one.operation))),
    ];
    const lines = all.map((attempt): DocumentLine => {
      const name = attempt.operation + ' '.repeat(Math.max(0, names - widthOf(attempt.operation)));
      const started = `${startOf(attempt).padEnd(starts)}  ${name}`;
      const elapsed = spanText(attempt, takenAt, zone);
      return { kind: 'attempt', operation: attempt, started, elapsed, isThis: attempt.id === operation.id };
    });
    // As wide as the cells of a line (screen/document-lines).
    const titles = `      ID   ${'STATUS'.padEnd(10)} ELAPSED  ${'STARTED'.padEnd(starts)}  ${'OPERATION'.padEnd(names)}  ERROR`;
    return all.length === 0 ? [] : [{ kind: 'note', text: titles }, ...lines];
  };
  return [
    ...section('ATTEMPTS AT THIS WORK', attemptLines(known)),
    ...section(
      record === undefined ? '' : betweenTitle(record).toUpperCase(),
      (record?.between ?? []).flatMap((one) => wrappedField({ name: String(one.id), value: betweenText(one) }, width)),
    ),
    // A query that names no range may be the same for every batch.
    ...section('OTHER ATTEMPTS OR BATCHES WITH THIS QUERY', attemptLines(others)),
    ...section(
      'ACTIONS OF OPERATORS',
      (record?.actions ?? []).flatMap((action) => actionLines(action, takenAt, width)),
    ),
    { kind: 'heading', text: 'FIELDS' },
    ...problems.map((problem): DocumentLine => ({ kind: 'field', name: 'unreadable', value: problem })),
    ...detailFields(operation, takenAt, zone, record?.isOtherZone, record?.isTableTotal).map(
      ([name, value]): DocumentLine => ({ kind: 'field', name, value }),
    ),
  ];
}

function section(title: string, lines: readonly DocumentLine[]): DocumentLine[] {
  return lines.length === 0 ? [] : [{ kind: 'heading', text: title }, ...lines, blank];
}

/** A fact; where its value is longer than the line, it continues below. */
function wrappedField({ name, value, tone }: Fact, width: number): DocumentLine[] {
  return wrap(value, Math.max(10, width - fieldWidth - 2)).map(
    (line, index): DocumentLine => ({
      kind: 'field',
      name: index === 0 ? name : '',
      value: line,
      ...(tone !== undefined && { tone }),
    }),
  );
}

/** Why it was done; a pause without a reason says so: the next operator looks for one. */
function reasonLines({ action, reason }: RecordedAction['entry']): readonly string[] {
  if (reason !== null) return [`reason: ${reason}`];
  return action === 'pause' ? ['no reason given'] : [];
}

/** Who did what, when, with which result, and why. */
function actionLines(action: RecordedAction, takenAt: number, width: number): DocumentLine[] {
  const { entry, ofOther, result, isBad } = action;
  const ago = entry.at === null ? '' : `${duration(Math.max(0, takenAt - entry.at))} ago  `;
  // Some actions leave the status of the operation as it is.
  const change = ofOther === null && sizesOf(entry.action) === null ? statusChange(entry) : '';
  const what = `${ago}${[recordedWord(action), change, operatorName(entry)].filter(Boolean).join('  ')}`;
  const room = Math.max(10, width - 2);
  const line = (text: string, bad: boolean): DocumentLine => ({ kind: 'action', text, bad });
  return [
    ...wrap(what, room).map((text) => line(text, false)),
    ...wrap(`  ${result}`, room).map((text) => line(text, isBad)),
    ...reasonLines(entry).flatMap((reason) => wrap(`  ${reason}`, room).map((text) => line(text, false))),
  ];
}
