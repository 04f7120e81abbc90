import { workerSessionPrefix } from '../domain/worker-session.ts';
import { isRolledBack } from './error-text.ts';
import { ControlTableError } from './errors.ts';
import { type Fields, fieldsOf } from './operation.ts';
import type { Queryable } from './queryable.ts';
import { type StatementName, statementFor } from './sql.ts';

/** Each further one is another worker's or operator's success. */
const mostAttempts = 10;

export interface ControlOptions {
  /** The table, with or without its schema, as SQL would take it. Default: `migration_control` on the search path. */
  readonly table?: string | undefined;
  /** Goes into `worker_id`: 0 to 2147483647, and of no other process that lives. */
  readonly workerId: number;
  /**
   * Names the run of the migration: in the mark of each row that this library writes, so that the rows of another run are
   * not counted with those of this one, and in `application_name`, where what is longer than 12 characters is cut.
   */
  readonly run?: string | undefined;
}

/** One worker's way to the table. */
export interface Session {
  readonly workerId: number;
  /** The name of the run; null where it has none. */
  readonly runName: string | null;
  /** `application_name` up to the operation's id. */
  label(operationId?: number): string;
  /** Runs one statement, on the worker's database or in a transaction of it. */
  run(name: StatementName, values: readonly unknown[], on?: Queryable): Promise<Fields[]>;
}

export function openSession(db: Queryable, options: ControlOptions): Session {
  const { table = 'migration_control', workerId, run = null } = options;
  if (!Number.isInteger(workerId) || workerId < 0 || workerId > 2_147_483_647) {
    throw new TypeError(`workerId is ${workerId}; it has to be a whole number from 0 to 2147483647.`);
  }
  let resolved: Promise<string> | undefined;

  /** Once, so that a search path that changes later does not lead to another table. */
  function tableName(): Promise<string> {
    resolved ??= resolveTable(db, table).catch((error: unknown) => {
      resolved = undefined;
      throw error;
    });
    return resolved;
  }

  return {
    workerId,
    runName: run,
    label: (operationId) => workerSessionPrefix(run ?? '-', workerId, operationId),
    async run(name, values, on = db) {
      const text = statementFor(name, await tableName());
      let first: unknown;
      for (let attempt = 1; ; attempt++) {
        try {
          const { rows } = await on.query(text, [...values]);
          return rows.map(fieldsOf);
        } catch (error) {
          first ??= error;
          // A role whose transactions are REPEATABLE READ hears so of a row that changed meanwhile. In a transaction of the
          // caller's, which has failed with it, nothing but all of that can be done again.
          if (attempt === mostAttempts || on !== db || !isRolledBack(error)) throw first;
        }
      }
    },
  };
}

async function resolveTable(db: Queryable, named: string): Promise<string> {
  const { rows } = await db.query(statementFor('resolve', 'migration_control'), [named]);
  const name = rows.length === 0 ? undefined : fieldsOf(rows[0]).name;
  if (typeof name === 'string') return name;
  throw new ControlTableError(
    'no-table',
    `There is no table ${named} for this user. Name it with its schema, or create it with: migtop init --apply`,
  );
}
