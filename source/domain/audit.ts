/** One action of an operator, as recorded in the audit. */
export interface AuditEntry {
  /** A unique key that the acting program creates; null in an audit table of version 1, which has no keys. */
  readonly key: string | null;
  /** When, on the database's clock, in seconds as in `Operation`; null if only this machine's clock is known. */
  readonly at: number | null;
  /** The role in the database. */
  readonly databaseRole: string;
  /** The user of the operating system, and the machine. */
  readonly osUser: string;
  readonly host: string;
  /** The program, with its version. */
  readonly client: string;
  readonly action: string;
  readonly operationId: number;
  /** Which of several operations with this id (`Operation.identity`); null or absent if it is not known. */
  readonly identity?: string | null;
  readonly fromStatus: string;
  readonly toStatus: string;
  readonly reason: string | null;
  /**
   * `applied`, `stale`, `gone`, `locked`, `refused`, `kept`, or another word of the program that wrote it. In the local
   * audit also `started`: the action is in progress; and `unknown`: its program ended, or lost the connection, before it
   * knew the outcome.
   */
  readonly outcome: string;
  /** Only in the newest entry of a large action on many: how many of all its rows had each outcome. */
  readonly bulkOutcomes?: ReadonlyMap<string, number>;
  /** Only there: how many of its rows were taken back; absent if that is not known. */
  readonly bulkUndone?: number;
  /** Only in the newest listed entry of an action on many of which further entries were not read, nor counted. */
  readonly isBulkPart?: boolean;
  /** The operation when the audit was read: null if it was no longer in the table; absent if that is unknown. */
  readonly row?: ActedRow | null;
  /** Only of an action that came too late: the worker that changed the row first (`withFirstWorkers`); absent if unknown. */
  readonly firstWorker?: number;
}

/** The fields of an operation that show whether an action on it still holds, and where it belongs. */
export interface ActedRow {
  readonly status: string;
  readonly workerId: number | null;
  readonly phase?: string;
  readonly tableName?: string;
  /** The error of a skipped operation: it had failed with it, if it names one. */
  readonly errorMessage?: string | null;
  /** As `Operation.startedAt`. */
  readonly startedAt?: number | null;
  /** Whether the operation has a `completed_at`: a worker that ends it writes one, a statement of a person often none. Absent if unknown. */
  readonly hasEnd?: boolean;
  /** Whether `--since` leaves it out: no figure counts it. */
  readonly isEarlier?: boolean;
}

/** An action before it is sent. */
export interface AuditIntent extends Omit<AuditEntry, 'key' | 'at' | 'outcome'> {
  readonly key: string;
  /** The version of the row when last seen: with it a later program can find out whether the row was changed. */
  readonly seenVersion?: string | null;
}

/** An action on many operations before it is sent. The action on its row number N has the key `KEY/N`, counted from 0. */
export interface AuditBulk extends Omit<AuditIntent, 'operationId' | 'fromStatus' | 'toStatus' | 'seenVersion'> {
  readonly rows: readonly (Required<Pick<AuditIntent, 'operationId' | 'fromStatus' | 'toStatus' | 'seenVersion'>> &
    Pick<AuditIntent, 'identity'>)[];
}

/** The action of an action on many on one of its rows. */
export function intentOf({ rows, ...bulk }: AuditBulk, index: number): AuditIntent | null {
  const row = rows[index];
  return row === undefined ? null : { ...bulk, ...row, key: `${bulk.key}/${index}` };
}

/** An action that has no outcome in the local audit. */
export type OpenEntry = AuditEntry & AuditIntent;

/** The operator: the same for every action of one program. */
export interface Operator {
  readonly osUser: string;
  readonly host: string;
  readonly client: string;
}

/** The action and the reason that an operator gives for a transition. */
export interface Intent {
  readonly action: string;
  readonly reason: string | null;
  /** The version (xmin) of the row when last seen: after a lost connection it shows whether the write was applied. */
  readonly seenVersion?: string | null;
  /** Makes the key of the action, or of the next action of an action on many (database/bulk-keys.ts); absent for any new one. */
  readonly nextKey?: () => string;
}

/** The table of an action, independent of how the user spelled its name and its server's name. */
export interface TableIdentity {
  /** The server's system identifier; `host:port` of the connection if this role may not read it. */
  readonly system: string;
  readonly database: string;
  readonly databaseOid: string;
  /** Schema-qualified and quoted by PostgreSQL. */
  readonly table: string;
  readonly tableOid: string;
}

/** Entries of the local audit that a read does not have. */
export interface AuditGaps {
  /** Whether the file was not read in time: the read has the entries of an earlier one, or none. */
  readonly isLate: boolean;
  /** How many lines of the file, as far as it was read, are damaged. */
  readonly damagedLines: number;
  /** Why the file cannot be read, with its path; null if it can. The read has the entries of an earlier one, or none. */
  readonly problem?: string | null;
  /** Whether the file is longer than what is read of it, and that has fewer entries than were asked for. */
  readonly isPart?: boolean;
}

export const noGaps: AuditGaps = { isLate: false, damagedLines: 0 };

/**
 * The audit on this machine, for databases without an audit table. migtop writes the intent before the change and the
 * outcome after it: the outcome of an intent without one is unknown.
 */
export interface AuditLog {
  /**
   * Writes the intent, and reserves the space for its outcome, so that the outcome fits on a disk that is full later.
   *
   * @throws {DatabaseError} kind `failed`, with the remedy, if it cannot be written. Then nothing may be changed.
   */
  begin(intent: AuditIntent): Promise<void>;
  /**
   * Writes the outcome of an intent into the space that `begin` reserved, also for an intent of an earlier program.
   *
   * @param at when the action was applied, on the database's clock; null if unknown
   * @throws {DatabaseError} kind `failed` if it cannot be written: the outcome then stays unknown
   */
  end(key: string, outcome: string, at: number | null): Promise<void>;
  /** As `begin`, for many operations at once. @throws {DatabaseError} as `begin` does */
  beginMany(bulk: AuditBulk): Promise<void>;
  /**
   * As `end`, for all rows of an action on many.
   *
   * @param outcomes one for each row; null if the outcome is not known
   * @throws {DatabaseError} as `end` does
   */
  endMany(key: string, outcomes: readonly (string | null)[], at: number | null): Promise<void>;
  /** The newest entries first, without lines that cannot be parsed. */
  recent(limit: number): Promise<AuditEntry[]>;
  /** The entries that the last `recent` does not have. */
  gaps?(): AuditGaps;
  /**
   * The newest intents without an outcome, newest first: of this program, in progress or not, and of programs that have
   * ended. Actions that another running program has in progress are left out.
   */
  unsettled(): Promise<OpenEntry[]>;
  /** The newest applied actions that accept a failure (`accept`) or take that back (`unaccept`), newest first. */
  accepted(): Promise<OpenEntry[]>;
}
