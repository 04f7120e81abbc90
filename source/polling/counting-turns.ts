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

/** How many seconds to wait for another turn. */
export const turnSeconds = 0.7;

/** After so many turns of others the table is counted in any case: something else may hold the lock. */
const mostWaits = 60;

export function createCountingTurns(): CountingTurns {
  let waits = 0;
  return {
    key: (tableOid) => (waits >= mostWaits ? null : keyOf(tableOid)),
    take(isMine) {
      waits = isMine ? 0 : waits + 1;
    },
  };
}

/** 64 bits, so that it is no lock of another program. */
function keyOf(tableOid: string): string {
  return String(createHash('sha256').update(`migtop counts ${tableOid}`).digest().readBigInt64BE());
}
