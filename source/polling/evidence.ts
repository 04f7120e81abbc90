import type { Operation } from '../domain/operation.ts';
import { type EvidenceRow, evidenceOf } from '../domain/works.ts';

const known = new WeakMap<Operation, EvidenceRow>();

/** `evidenceOf`, computed once for each version of a row: the row cache has the same object for it. */
export function evidenceOfVersion(operation: Operation): EvidenceRow {
  const before = known.get(operation);
  if (before !== undefined) return before;
  const row = evidenceOf(operation);
  known.set(operation, row);
  return row;
}
