import type { ActedRow, AuditEntry } from '../domain/audit.ts';
import { cleanLine, cleanText } from '../domain/clean-text.ts';
import { visibleName } from '../domain/visible-name.ts';
import type { Tagged } from './tagged-rows.ts';

/**
 * Adds the current row of its operation to each audit entry. Every session derives an action's result from these two, so all
 * show the same.
 *
 * @param read runs sql/queries/acted.sql for these ids
 */
export async function withActedRows(
  entries: readonly AuditEntry[],
  read: (ids: readonly number[]) => Promise<Tagged[]>,
): Promise<readonly AuditEntry[]> {
  // Also of an action that was not applied: its table is shown, and who was first.
  const ids = [...new Set(entries.map(({ operationId }) => operationId))];
  if (ids.length === 0) return entries;
  const rows = new Map((await read(ids)).map(({ body }) => rowOf(body as Readonly<Record<string, unknown>>)));
  return entries.map((entry) => {
    const row = rows.get(entry.operationId);
    // With several rows of this id, the changed row is not known.
    return row === undefined ? { ...entry, row: null } : row === 'several' ? entry : { ...entry, row };
  });
}

function rowOf({
  id,
  rows,
  status,
  worker_id: worker,
  phase,
  table_name: tableName,
  started_at: startedAt,
  has_end: hasEnd,
  error_message: errorMessage,
}: Readonly<Record<string, unknown>>): [unknown, ActedRow | 'several'] {
  const row = {
    status: typeof status === 'string' ? cleanLine(status) : '',
    workerId: typeof worker === 'number' ? worker : null,
    ...(typeof phase === 'string' && { phase: cleanLine(phase) }),
    // As totals name it: pauses of the table are found by its name.
    ...(typeof tableName === 'string' && { tableName: visibleName(tableName) }),
    ...(typeof startedAt === 'number' && { startedAt }),
    ...(typeof hasEnd === 'boolean' && { hasEnd }),
    ...(typeof errorMessage === 'string' && { errorMessage: cleanText(errorMessage) }),
  };
  return [id, rows === 1 ? row : 'several'];
}
