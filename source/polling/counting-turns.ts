import { createHash } from 'node:crypto';

/**
 * Lets the sessions of migtop that watch one table count it in turn, so that together they use no more of the server than one: a
 * count takes an advisory lock for its transaction, and counts nothing if another session has it (sql/queries/range.sql).
 */
export interface CountingTurns {
  /** The lock of the next count of this table; null to count in any case. */
  key(tableOid: string): string | null;
  /** Takes over whether it was this session's turn. */
  take(isMine: boolean): void;
}

/** How many seconds to wait for another turn, and with a count that can wait. */
export const turnSeconds = 0.7;
export const patientTurnSeconds = 5;

/**
 * If other sessions had this many turns in a row, a session that hangs, or another program, holds the lock. The next
 * `countsWithout` counts are then made without the lock.
 */
const mostWaits = 60;
const countsWithout = 1000;

/**
 * Keeps nothing but two counters: the lock itself is in the database, and its key follows from the oid of the table.
 */
export function createCountingTurns(): CountingTurns {
  let waits = 0;
  let without = 0;
  return {
    key: (tableOid) => (without > 0 ? null : keyOf(tableOid)),
    take(isMine) {
      if (without > 0) without--;
      else if (isMine) waits = 0;
      else if (++waits >= mostWaits) {
        waits = 0;
        without = countsWithout;
      }
    },
  };
}

/** 64 bits, so that it is no lock of another program. */
function keyOf(tableOid: string): string {
  return String(createHash('sha256').update(`migtop counts ${tableOid}`).digest().readBigInt64BE());
}
