/** An operator accepted a failure in one version of its row, or withdrew that. */
export interface Acceptance {
  readonly id: number;
  /** Which of several operations with this id; null for any. */
  readonly identity: string | null;
  /** The version (`xmin`) of the failed row; null if the relation has no versions. */
  readonly version: string | null;
  readonly who: string;
  /** When, on the database's clock; null if only this machine's clock is known. */
  readonly at: number | null;
  readonly note: string;
  /** False: the operator no longer accepts it. */
  readonly isAccepted: boolean;
}

/** A failure as the operator saw it. */
export interface SeenFailure {
  readonly id: number;
  readonly identity: string;
  readonly version: string | null;
  readonly tableName: string;
  readonly failedAt: number | null;
}

/** The outcomes of accepting several failures, and where it is written down. */
export interface AcceptOutcome {
  /** The failures that were accepted, or are unresolved again. */
  readonly applied: readonly SeenFailure[];
  /** How many failures had changed. */
  readonly changed: number;
  /** How many rows were deleted. */
  readonly gone: number;
  /** True: only on this machine, since the database has no audit table. */
  readonly isLocal: boolean;
}

/** Whether an acceptance is about this version of a failure. A newer failure of the same operation is a new one. */
export function isAbout(acceptance: Acceptance, failure: Omit<SeenFailure, 'tableName'>): boolean {
  if (acceptance.identity !== null && acceptance.identity !== failure.identity) return false;
  if (acceptance.version !== null || failure.version !== null) return acceptance.version === failure.version;
  return acceptance.at === null || failure.failedAt === null || failure.failedAt <= acceptance.at;
}
