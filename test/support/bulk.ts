import { type Change, planBulk } from '../../source/domain/bulk-actions.ts';
import type { Status } from '../../source/domain/operation.ts';
import type { Action } from '../../source/domain/transitions.ts';
import type { TestDatabase } from './database.ts';

export interface StoredRow {
  readonly id: number;
  readonly status: Status;
  readonly completed: string | null;
  readonly version: string;
  readonly identity: string;
}

/** Adds operations of the table brackets, all in one status. */
export async function insertBatches(database: TestDatabase, rows: number, status: Status): Promise<void> {
  await database.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, completed_at)
     SELECT 'execution', 'brackets', 'batch ' || n, $1::text, CASE WHEN $1::text = 'failed' THEN timestamp '2024-01-15 10:00' END
     FROM generate_series(1, $2) AS n`,
    [status, rows],
  );
}

export async function storedRows(database: TestDatabase, name = 'migration_control'): Promise<StoredRow[]> {
  const { rows } = await database.query<StoredRow>(
    `SELECT id, status, completed_at::text AS completed, xmin::text AS version,
      left(md5(concat_ws(chr(31), phase, table_name, operation)), 12) AS identity
     FROM ${name} ORDER BY id, phase`,
  );
  return rows;
}

/** The changes of an action on all rows of the table as they are now, for those that it does not refuse. */
export async function changesOf(database: TestDatabase, action: Action, name?: string): Promise<readonly Change[]> {
  const members = (await storedRows(database, name)).map(({ id, status, version, identity }) => ({
    id,
    phase: 'execution' as const,
    tableName: 'brackets',
    status,
    startedAt: null,
    completedAt: null,
    version,
    identity,
  }));
  return planBulk(action, members).changes;
}
