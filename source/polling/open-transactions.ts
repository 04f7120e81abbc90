/** Remembers which transaction ids had been assigned at each poll, and so when a transaction began at the earliest. */
export interface OpenTransactions {
  /** @param xmax the first transaction id that was not assigned yet when the snapshot was taken */
  take(takenAt: number, xmax: number): void;
  /** A time at which this transaction had not begun; if that is not known, the oldest time that is remembered. */
  notBefore(xid: number, takenAt: number): number;
  clear(): void;
  /** All remembered transaction ids, for a later run. */
  all(): readonly Assigned[];
  /** Takes those of an earlier run. */
  resume(all: readonly Assigned[]): void;
}

/** The first transaction id that was not assigned yet at a time. */
export interface Assigned {
  readonly takenAt: number;
  readonly xmax: number;
}

/** How many seconds back the transaction ids are remembered. */
const rememberedSeconds = 120;

/**
 * Remembers at most one id for each second, and drops those older than `rememberedSeconds` when it takes a new one. Times
 * are in seconds on the database's clock.
 */
export function createOpenTransactions(): OpenTransactions {
  let assigned: Assigned[] = [];
  return {
    take(takenAt, xmax) {
      const last = assigned.at(-1);
      if (last !== undefined && (takenAt - last.takenAt < 1 || xmax === last.xmax)) return;
      assigned = [...assigned.filter((one) => takenAt - one.takenAt <= rememberedSeconds), { takenAt, xmax }];
    },
    notBefore: (xid, takenAt) => assigned.findLast(({ xmax }) => xmax <= xid)?.takenAt ?? takenAt - rememberedSeconds,
    clear() {
      assigned = [];
    },
    all: () => assigned,
    resume(all) {
      assigned = [...all];
    },
  };
}
