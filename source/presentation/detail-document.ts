import { chunkCharacters, type LongText, type TextWindow } from '../domain/long-text.ts';
import { elapsedSeconds, type Operation } from '../domain/operation.ts';
import type { Zone } from '../domain/zone.ts';
import type { OperationDetail } from '../polling/control-table.ts';
import { count, duration, timestampText } from './figures.ts';
import { detailColumns, sideBySideFrom } from './layout.ts';
import { wrap } from './text-width.ts';
import type { Window } from './window.ts';

/** A line of the detail view: a heading, a field with its value, or a line of a long text. */
export type DocumentLine =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'field'; readonly name: string; readonly value: string }
  | { readonly kind: 'text'; readonly text: string; readonly bad: boolean }
  /** A note that a text continues here; it is read when the operator scrolls. */
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'attempt'; readonly operation: Operation; readonly elapsed: string };

/** The lines of a text of which one window is loaded: from `start` to before `end`. */
export interface TextSection {
  readonly field: LongText;
  readonly start: number;
  readonly end: number;
  /** Where each of its lines begins in the loaded text. */
  readonly offsets: readonly number[];
}

export interface DetailDocument {
  /** The error and the queries; of long ones the loaded window. */
  readonly texts: readonly DocumentLine[];
  readonly sections: readonly TextSection[];
  /** All fields, and the other attempts at the same work. */
  readonly facts: readonly DocumentLine[];
}

const documents = new WeakMap<OperationDetail, Map<number, DetailDocument>>();

/** The detail of an operation as lines of at most `width` columns. Remembered: an error may be megabytes long. */
export function detailDocument(detail: OperationDetail, width: number): DetailDocument {
  const known = documents.get(detail) ?? new Map<number, DetailDocument>();
  documents.set(detail, known);
  const made = known.get(width) ?? build(detail, width);
  known.set(width, made);
  return made;
}

/** How many rows the detail view would need to show all of it. */
export function detailRows(detail: OperationDetail, window: Window): number {
  const { texts, facts } = detailDocument(detail, detailColumns(window));
  return window.columns >= sideBySideFrom ? Math.max(texts.length, facts.length) : texts.length + facts.length;
}

function build(
  { operation, windows, attempts, problems = [], takenAt, zone }: OperationDetail,
  width: number,
): DetailDocument {
  const blank: DocumentLine = { kind: 'text', text: '', bad: false };
  const texts: DocumentLine[] = [];
  const sections: TextSection[] = [];
  const section = (title: string, field: LongText, bad: boolean): void => {
    const text = operation[field];
    if (text === null || text === '') return;
    const loaded = windows?.[field];
    const lines = wrap(text, width - 2);
    texts.push({ kind: 'heading', text: loaded === undefined ? title : `${title}  ${loadedRange(loaded)}` });
    if (loaded !== undefined && loaded.first > 0) texts.push({ kind: 'note', text: '… more above' });
    const start = texts.length;
    // Not with a spread: a text may have more lines than a call takes arguments.
    for (const line of lines) texts.push({ kind: 'text', text: line, bad });
    if (loaded !== undefined) sections.push({ field, start, end: texts.length, offsets: lineOffsets(text, lines) });
    if (loaded?.hasMore === true) texts.push({ kind: 'note', text: '… more below' });
    texts.push(blank);
  };
  section('ERROR', 'errorMessage', true);
  section('SOURCE QUERY', 'sourceQuery', false);
  section('VALIDATION QUERY', 'validationQuery', false);
  const facts: DocumentLine[] = [
    { kind: 'heading', text: 'FIELDS' },
    ...fields(operation, takenAt, zone).map(([name, value]): DocumentLine => ({ kind: 'field', name, value })),
    ...problems.map((problem): DocumentLine => ({ kind: 'field', name: 'unreadable', value: problem })),
  ];
  if (attempts.length > 0) {
    facts.push(blank, { kind: 'heading', text: 'OTHER ATTEMPTS WITH THIS SOURCE QUERY' });
    for (const attempt of attempts) {
      facts.push({ kind: 'attempt', operation: attempt, elapsed: elapsedText(attempt, takenAt, zone) });
    }
  }
  return {
    texts:
      texts.length > 0
        ? texts
        : [
            { kind: 'heading', text: 'ERROR' },
            { kind: 'text', text: 'none', bad: false },
          ],
    sections,
    facts,
  };
}

/** Which characters of a text are loaded, and the length of the whole. */
function loadedRange({ first, chunks, bytes, hasMore }: TextWindow): string {
  const from = first * chunkCharacters + 1;
  const to = (first + chunks.length) * chunkCharacters;
  return `characters ${count(from)} to ${hasMore ? count(to) : 'the end'} of ${count(bytes)} bytes`;
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

function fields(operation: Operation, takenAt: number, zone: Zone | undefined): [string, string][] {
  const figure = (value: number | null): string => (value === null ? '–' : count(value));
  return [
    ['id', String(operation.id)],
    ['phase', operation.phase],
    ['table', operation.tableName],
    ['operation', operation.operation],
    ['status', operation.status],
    ['worker', operation.workerId === null ? '–' : String(operation.workerId)],
    ['records processed', figure(operation.recordsProcessed)],
    ['total records', figure(operation.totalRecords)],
    ['batch size', figure(operation.batchSize)],
    ['started at', timestampText(operation.startedAt, takenAt, zone)],
    ['completed at', timestampText(operation.completedAt, takenAt, zone)],
    ['elapsed', elapsedText(operation, takenAt, zone)],
  ];
}

/** A dash for an operation that never started; `?` where its timestamps are unusable. */
function elapsedText(operation: Operation, takenAt: number, zone: Zone | undefined): string {
  return operation.startedAt === null ? '–' : duration(elapsedSeconds(operation, takenAt, zone));
}
