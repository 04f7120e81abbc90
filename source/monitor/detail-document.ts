import type { OperationDetail } from '../database/control-table.ts';
import { elapsedSeconds, type Operation } from '../domain/operation.ts';
import { count, duration, stampText } from './figures.ts';
import { detailColumns, sideBySideFrom } from './layout.ts';
import type { Window } from './state.ts';
import { wrap } from './text-width.ts';

/** A line of the detail view: a heading, a field with its value, or a piece of a long text. */
export type DocumentLine =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'field'; readonly name: string; readonly value: string }
  | { readonly kind: 'text'; readonly text: string; readonly bad: boolean }
  | { readonly kind: 'attempt'; readonly operation: Operation; readonly elapsed: string };

export interface DetailDocument {
  /** The error and the queries in full. */
  readonly texts: readonly DocumentLine[];
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

function build({ operation, attempts, problems = [], takenAt }: OperationDetail, width: number): DetailDocument {
  const blank: DocumentLine = { kind: 'text', text: '', bad: false };
  const section = (title: string, text: string | null, bad: boolean): DocumentLine[] =>
    text === null || text === ''
      ? []
      : [
          { kind: 'heading', text: title },
          ...wrap(text, width - 2).map((line): DocumentLine => ({ kind: 'text', text: line, bad })),
          blank,
        ];
  const texts = [
    ...section('ERROR', operation.errorMessage, true),
    ...section('SOURCE QUERY', operation.sourceQuery, false),
    ...section('VALIDATION QUERY', operation.validationQuery, false),
  ];
  const facts: DocumentLine[] = [
    { kind: 'heading', text: 'FIELDS' },
    ...fields(operation, takenAt).map(([name, value]): DocumentLine => ({ kind: 'field', name, value })),
    ...problems.map((problem): DocumentLine => ({ kind: 'field', name: 'unreadable', value: problem })),
  ];
  if (attempts.length > 0) {
    facts.push(blank, { kind: 'heading', text: 'OTHER ATTEMPTS WITH THIS SOURCE QUERY' });
    for (const attempt of attempts) {
      facts.push({ kind: 'attempt', operation: attempt, elapsed: elapsedText(attempt, takenAt) });
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
    facts,
  };
}

function fields(operation: Operation, takenAt: number): [string, string][] {
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
    ['started at', stampText(operation.startedAt, takenAt)],
    ['completed at', stampText(operation.completedAt, takenAt)],
    ['elapsed', elapsedText(operation, takenAt)],
  ];
}

/** What never started has taken no time; `?` is for stamps that do not say. */
function elapsedText(operation: Operation, takenAt: number): string {
  return operation.startedAt === null ? '–' : duration(elapsedSeconds(operation, takenAt));
}
