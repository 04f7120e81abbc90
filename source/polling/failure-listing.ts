import type { Operation } from '../domain/operation.ts';

/** The listing of all failed operations of the table in order of id, in several readings. */
export interface FailureListing {
  /** How many listings have begun. */
  readonly number: () => number;
  isOn(): boolean;
  /** The id after which to read on; null: from the lowest on. */
  above(): number | null;
  /** Whether another one may begin. @param failures how many failures are known */
  mayBegin(takenAt: number, failures: number): boolean;
  begin(): void;
  /** Takes a row of the listing. */
  note(row: Operation): void;
  continueAbove(id: number): void;
  /** Returns the digests of the source queries of the listed rows, by id. */
  end(takenAt: number): ReadonlyMap<number, number | null>;
}

/** Failed operations are listed again after this many seconds at the earliest, and if there are many of them. */
const listAgainSeconds = 10;
const listManyAgainSeconds = 60;
const many = 5000;

/** No listing is on at first, and the first one may begin at once. `above` is null also while none is on. */
export function createFailureListing(): FailureListing {
  let above: number | null | undefined;
  let number = 0;
  let endedAt = Number.NEGATIVE_INFINITY;
  let digests = new Map<number, number | null>();

  return {
    number: () => number,
    isOn: () => above !== undefined,
    above: () => above ?? null,
    mayBegin: (takenAt, failures) => takenAt - endedAt >= (failures > many ? listManyAgainSeconds : listAgainSeconds),
    begin() {
      above = null;
      number++;
    },
    note({ id, queryDigest }) {
      digests.set(id, queryDigest ?? null);
    },
    continueAbove(id) {
      above = id;
    },
    end(takenAt) {
      above = undefined;
      endedAt = takenAt;
      const listed = digests;
      digests = new Map();
      return listed;
    },
  };
}
