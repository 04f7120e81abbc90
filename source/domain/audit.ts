/** What somebody did to an operation, as the audit has it. */
export interface AuditEntry {
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
  /** `moved`, `stale`, `gone`, `locked`, `refused`, `unknown`. */
  readonly outcome: string;
}

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
}

/** Where actions are written down that the database has no table for. */
export interface AuditLog {
  /** Makes sure that an entry can be written: no action is done that could not be. Rejects, with the remedy. */
  prepare(): Promise<void>;
  append(entry: AuditEntry): Promise<void>;
  /** The newest entries first; lines that cannot be read are left out. */
  recent(limit: number): Promise<AuditEntry[]>;
}
