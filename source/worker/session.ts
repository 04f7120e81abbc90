import { sessionNamePrefix } from '../domain/session-name.ts';
import { rememberClaims } from './claims.ts';
import { isRolledBack } from './error-text.ts';
import { ControlTableError } from './errors.ts';
import { type Fields, rowFields } from './operation.ts';
import { type StatementValues, statementValues } from './parameters.ts';
import { type ClientPool, type Queryable, withClient } from './queryable.ts';
import { type StatementName, statementFor } from './sql.ts';

/** Maximum number of attempts for a statement. Each serialization failure means that another session committed. */
const maxAttempts = 10;

export interface ControlOptions {
  /** The table's name as in SQL, with or without a schema. Default: `migration_control`, found on the search path. */
  readonly table?: string | undefined;
  /** Written to `worker_id`: a whole number from 0 to 2147483647. No two running processes may use the same one. */
  readonly workerId: number;
  /**
   * The name of this run of the migration. The library writes it into the mark of each row, so that the rows of other runs are
   * not counted, and into `application_name`, cut to 12 characters. Default: no name.
   */
  readonly run?: string | undefined;
}

/** The control table as one worker accesses it. */
export interface WorkerSession {
  readonly workerId: number;
  /** The name of the run; null if it has none. */
  readonly runName: string | null;
  /** Whether this worker's connection is behind a pooler: then its mark says that no session shows whether it is at work. */
  isPooled(): Promise<boolean>;
  /** The operations that another process with this worker id has claimed after this one: they are not this worker's. */
  readonly lost: ReadonlySet<number>;
  /** Notes that an operation continues the work of another one: `claimNext` leaves it out while that one is open. */
  waitFor(id: number, other: number): void;
  /** Each waiting operation with the one that it waits for, as `waitFor` noted them. */
  readonly waiting: ReadonlyMap<number, number>;
  /** The text for `application_name`, up to and including the operation's id if one is given. */
  label(operationId?: number): string;
  /**
   * Runs one statement on the worker's database, or in a transaction.
   *
   * @param values those that the session does not know itself
   * @throws what the database throws, and `ControlTableError` if there is no such table
   */
  run<Name extends StatementName>(name: Name, values: StatementValues<Name>, on?: Queryable): Promise<Fields[]>;
}

/**
 * Opens nothing: the table is looked up at the first statement, and again after an error.
 *
 * @throws {TypeError} for a wrong worker id
 */
export function openSession(db: Queryable, options: ControlOptions): WorkerSession {
  const { table = 'migration_control', workerId, run = null } = options;
  if (!Number.isInteger(workerId) || workerId < 0 || workerId > 2_147_483_647) {
    throw new TypeError(`workerId is ${workerId}; it must be a whole number from 0 to 2147483647.`);
  }
  let resolved: Promise<Resolved> | undefined;
  const claims = rememberClaims();
  const waiting = new Map<number, number>();

  /** Resolved once, so that a later change of the search path does not select another table. */
  function found(): Promise<Resolved> {
    resolved ??= resolveTable(db, table).catch((error: unknown) => {
      resolved = undefined;
      throw error;
    });
    return resolved;
  }

  return {
    workerId,
    runName: run,
    lost: claims.lost,
    isPooled: async () => (await found()).isPooled,
    waitFor: (id, other) => void waiting.set(id, other),
    waiting,
    label: (operationId) => sessionNamePrefix(run ?? '-', workerId, operationId),
    async run(name, values, on = db) {
      const text = statementFor(name, (await found()).name);
      const id = 'id' in values ? values.id : undefined;
      const [claimStart, claimWorked] = claims.of(id);
      const given = statementValues(name, values, { worker: workerId, claimStart, claimWorked });
      let first: unknown;
      for (let attempt = 1; ; attempt++) {
        try {
          const { rows } = await on.query(text, given);
          const fields = rows.map(rowFields);
          for (const row of fields) claims.note(row, id);
          return fields;
        } catch (error) {
          first ??= error;
          // Under REPEATABLE READ, PostgreSQL reports a concurrent change of the row this way. A transaction of the caller has
          // failed with it: only the caller can run it again.
          if (attempt === maxAttempts || on !== db || !isRolledBack(error)) throw first;
        }
      }
    },
  };
}

interface Resolved {
  /** The table's name, schema-qualified and quoted. */
  readonly name: string;
  readonly isPooled: boolean;
}

async function resolveTable(db: Queryable | ClientPool, named: string): Promise<Resolved> {
  const { row, processId } = await withClient(db, async (client) => {
    const { rows } = await client.query(statementFor('resolve', 'migration_control'), [named]);
    return { row: rows.length === 0 ? {} : rowFields(rows[0]), processId: client.processID };
  });
  const { name, pid } = row;
  // pg knows the process that the login named; a pooler names another one.
  const isPooled = typeof processId === 'number' && typeof pid === 'number' && pid !== processId;
  if (typeof name === 'string') return { name, isPooled };
  throw new ControlTableError(
    'no-table',
    `There is no table ${named} that this role can see. Name it with its schema, or create it with: migtop init --apply`,
  );
}
