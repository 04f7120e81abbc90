import { DatabaseError } from './database-error.ts';
import { type Decoded, decodeClock } from './decode.ts';

/** A row as most queries answer: a kind, and a body as JSON. */
export interface Tagged {
  readonly kind: string;
  readonly body: unknown;
}

export function ofKind(rows: readonly Tagged[], kind: string): unknown[] {
  return rows.filter((row) => row.kind === kind).map((row) => row.body);
}

export function kept<T>(decoded: readonly Decoded<T>[]): T[] {
  return decoded.flatMap((one) => (one.kind === 'ok' ? [one.value] : []));
}

/** @throws {DatabaseError} where the database did not say */
export function clockOf(rows: readonly Tagged[]): number {
  const clock = decodeClock(ofKind(rows, 'clock')[0]);
  if (clock.kind === 'ok') return clock.value;
  throw new DatabaseError('failed', `The database did not say what time it is: ${clock.unreadable.problem}`);
}
