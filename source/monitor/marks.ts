import { type Operation, operationKey } from '../domain/operation.ts';

/** The operations that the operator has marked for an action, by their keys. */
export type Marks = ReadonlyMap<string, Operation>;

export const noMarks: Marks = new Map();

/** Maximum number of operations that are marked, or changed by one action. */
export const mostMembers = 100_000;

/** The operation without the texts that no action needs: there may be many. */
export function memberOf(operation: Operation): Operation {
  const errorMessage = operation.errorMessage?.slice(0, 1) ?? null;
  return { ...operation, sourceQuery: null, errorMessage };
}

/** Marks the operation, or unmarks it. */
export function toggled(marks: Marks, operation: Operation): Marks {
  const key = operationKey(operation);
  const changed = new Map(marks);
  if (!changed.delete(key) && changed.size < mostMembers) changed.set(key, memberOf(operation));
  return changed;
}

/**
 * The marks after an action that changed these rows. One on many removes all of them if it changed a marked row, also those of rows that it
 * did not change: the next key would act on this rest. If it changed none, all stay.
 *
 * @param isMany whether the action was on several rows
 */
export function marksAfter(marks: Marks, changed: ReadonlySet<string>, isMany: boolean): Marks {
  const left = new Map([...marks].filter(([key]) => !changed.has(key)));
  return isMany && left.size < marks.size ? noMarks : left;
}

/** The marks with these operations added. The given ones stay as they are. */
export function marked(marks: Marks, operations: readonly Operation[]): Marks {
  const changed = new Map(marks);
  for (const operation of operations) changed.set(operationKey(operation), memberOf(operation));
  return changed;
}

/**
 * The change of the marks after rows were deleted; empty if none of them was marked. If no mark is left, the next key would act on another
 * row: it is held back once.
 */
export function withoutDeleted(
  marks: Marks,
  gone: readonly Pick<Operation, 'id' | 'identity'>[],
): { readonly marks?: Marks; readonly lostMarks?: number } {
  const left = unmarked(marks, gone);
  if (left.size === marks.size) return {};
  return { marks: left, lostMarks: left.size === 0 ? marks.size : 0 };
}

/** The marks without those of these operations. */
export function unmarked(marks: Marks, operations: readonly Pick<Operation, 'id' | 'identity'>[]): Marks {
  const changed = new Map(marks);
  for (const operation of operations) changed.delete(operationKey(operation));
  return changed;
}
