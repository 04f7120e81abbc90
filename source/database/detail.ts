import type { AuditEntry } from '../domain/audit.ts';
import {
  chunkCharacters,
  heldCharacters,
  heldText,
  isPartial,
  type LongText,
  longTexts,
  type TextWindow,
  textWindow,
} from '../domain/long-text.ts';
import type { Operation } from '../domain/operation.ts';
import type { Zone } from '../domain/zone.ts';
import { unreadableCounters } from './counter-value.ts';
import { DatabaseError } from './database-error.ts';
import { decodeOperation } from './decode.ts';
import type { QueryValues } from './parameters.ts';
import { clockOf, kept, ofKind, type Tagged } from './tagged-rows.ts';

/** One operation, and the other attempts at the same work, newest first. */
export interface OperationDetail {
  readonly takenAt: number;
  /** The time zone of the table's writers; absent for UTC. */
  readonly zone?: Zone;
  /** The operation; of a text that is too long to keep in memory it has the excerpt that `windows` describes. */
  readonly operation: Operation;
  readonly windows?: Readonly<Partial<Record<LongText, TextWindow>>>;
  /** The unreadable values of the row: `records_processed is NaN`. */
  readonly problems?: readonly string[];
  readonly attempts: readonly Operation[];
  /** The first six operations of its worker with ids and starts between those of the attempts; absent if they were not read. */
  readonly between?: readonly Operation[];
  /** The last actions of operators on it, newest first; absent if they were not read. */
  readonly actions?: readonly AuditEntry[];
}

/** The excerpt of a long text that begins with this chunk, or that ends with the text. */
export type TextPlace = number | 'end';

const columnOf = {
  errorMessage: 'error_message',
  sourceQuery: 'source_query',
  validationQuery: 'validation_query',
} as const satisfies Record<LongText, string>;

/**
 * Decodes the result of sql/queries/detail.sql; null if it has no row.
 *
 * @throws {DatabaseError} if the row is unreadable
 */
export function detailFrom(rows: readonly Tagged[], id: number): OperationDetail | null {
  const [fields] = ofKind(rows, 'operation') as Readonly<Record<string, unknown>>[];
  const [texts] = ofKind(rows, 'texts') as Readonly<Record<string, unknown>>[];
  if (fields === undefined) return null;
  const body: Readonly<Record<string, unknown>> = { ...fields, ...texts };
  const windows: Partial<Record<LongText, TextWindow>> = {};
  const shown: Record<string, unknown> = { ...body };
  for (const field of longTexts) {
    const raw = body[columnOf[field]];
    if (typeof raw !== 'string') continue;
    const window = textWindow(raw, 0, Number(body[`${columnOf[field]}_bytes`]));
    if (!isPartial(window)) continue;
    windows[field] = window;
    shown[columnOf[field]] = heldText(window);
  }
  const decoded = decodeOperation(shown, 'full');
  if (decoded.kind === 'unreadable')
    throw new DatabaseError('failed', `Operation ${id} cannot be read: ${decoded.unreadable.problem}.`);
  return {
    takenAt: clockOf(rows),
    operation: decoded.value,
    ...(Object.keys(windows).length > 0 && { windows }),
    problems: unreadableCounters(body),
    attempts: kept(ofKind(rows, 'attempt').map((attempt) => decodeOperation(attempt))),
    between: kept(ofKind(rows, 'between').map((operation) => decodeOperation(operation))),
  };
}

/** The values of sql/queries/text.sql. */
export function textValues(
  id: number,
  field: LongText,
  place: TextPlace,
  identity: string | null,
): QueryValues<'text'> {
  const before = place === 'end' ? null : place * chunkCharacters;
  return { id, column: columnOf[field], before, characters: heldCharacters, chunkCharacters, identity };
}

/** Decodes an excerpt of a text and the version of its row; null if the row or the text no longer exists. */
export function textFrom(rows: readonly Tagged[]): { window: TextWindow; version: string | null } | null {
  const body = ofKind(rows, 'text')[0] as Readonly<Record<string, unknown>> | undefined;
  if (body === undefined || typeof body.text !== 'string' || typeof body.start !== 'number') return null;
  const window = textWindow(body.text, Math.floor(body.start / chunkCharacters), Number(body.bytes));
  return { window, version: typeof body.version === 'string' ? body.version : null };
}
