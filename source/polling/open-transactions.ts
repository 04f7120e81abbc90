/** Knows since when a transaction is open at the least: from which numbers had been given at which poll. */
export interface OpenTransactions {
  /** @param xmax the first number that had not been given when the snapshot was taken */
  take(takenAt: number, xmax: number): void;
  /** A moment before which this transaction had not begun; as long ago as is remembered where that is not known. */
  notBefore(xid: number, takenAt: number): number;
  clear(): void;
}

/** Work that takes longer than this in one transaction is not looked for at each poll. */
const rememberedSeconds = 120;

export function createOpenTransactions(): OpenTransactions {
  let given: { readonly takenAt: number; readonly xmax: number }[] = [];
  return {
    take(takenAt, xmax) {
      const last = given.at(-1);
      if (last !== undefined && (takenAt - last.takenAt < 1 || xmax === last.xmax)) return;
      given = [...given.filter((one) => takenAt - one.takenAt <= rememberedSeconds), { takenAt, xmax }];
    },
    notBefore: (xid, takenAt) => given.findLast(({ xmax }) => xmax <= xid)?.takenAt ?? takenAt - rememberedSeconds,
    clear() {
      given = [];
    },
  };
}
