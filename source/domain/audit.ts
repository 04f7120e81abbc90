/** One action of an operator, as the audit has it. */
export interface AuditEntry {
  /** The action's own key, made by the program that acts; null in rows of an audit table of version 1, which have none. */
  readonly key: string | null;
  /** When, on the database's clock, in seconds as `Operation` has them; null where only this machine's clock is known. */
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
  readonly fromStatus: string;
  readonly toStatus: string;
  readonly reason: string | null;
  /**
   * `applied`, `stale`, `gone`, `locked`, `refused`, `kept`, or another word of the program that wrote it. In the local
   * audit also `started`: the action is in progress; and `unknown`: its program ended, or lost the connection, before it
   * knew the outcome.
   */
  readonly outcome: string;
  /** The operation when the audit was read: null where it was no longer in the table; absent where that is not known. */
  readonly row?: ActedRow | null;
}

/** An operation that something was done to. */
export interface ActedRow {
  readonly status: string;
  readonly workerId: number | null;
}

/** An action before it is done. */
export interface AuditIntent extends Omit<AuditEntry, 'key' | 'at' | 'outcome'> {
  readonly key: string;
  /** The version of the row as it was last seen: a later program tells by it whether the row was changed. */
  readonly seenVersion?: string | null;
}

/** An action whose outcome the local audit does not have. */
export type OpenEntry = AuditEntry & AuditIntent;

/** Who acts: the same for every action of one program. */
export interface Operator {
  readonly osUser: string;
  readonly host: string;
  readonly client: string;
}

/** What an operator means to do, beside the move itself. */
export interface Intent {
  readonly action: string;
  readonly reason: string | null;
  /** The version (xmin) of the row as it was last seen: what tells afterwards whether a lost write was made. */
  readonly seenVersion?: string | null;
}

/** Which table an action was done to, however the user spelled its name and its server's. */
export interface TableIdentity {
  /** The server's system identifier; `host:port` of the connection where this role may not read it. */
  readonly system: string;
  readonly database: string;
  readonly databaseOid: string;
  /** Schema-qualified and quoted by PostgreSQL. */
  readonly table: string;
  readonly tableOid: string;
}

/**
 * The audit on this machine, of the actions for which the database has no audit table. The intent is written before the
 * change and the outcome after it: an action without an outcome is one whose outcome is not known.
 */
export interface AuditLog {
  /**
   * Writes the intent, and reserves the room of its outcome, so that a disk that is full later does not lose it.
   *
   * @throws {DatabaseError} kind `failed`, with the remedy, where it cannot be written. Then nothing may be changed.
   */
  begin(intent: AuditIntent): Promise<void>;
  /**
   * Writes the outcome of an intent, in the place that `begin` reserved, also for an intent of an earlier program.
   *
   * @param at when it was done, on the database's clock; null where that is not known
   * @throws {DatabaseError} kind `failed` where it cannot be written: the outcome then stays unknown
   */
  end(key: string, outcome: string, at: number | null): Promise<void>;
  /** The newest entries first; lines that cannot be read are left out. */
  recent(limit: number): Promise<AuditEntry[]>;
  /**
   * The newest intents without an outcome, newest first: of this program, in progress or not, and of programs that have
   * ended. What another running program has in progress is left out.
   */
  unsettled(): Promise<OpenEntry[]>;
}
