import type { Fields } from './operation.ts';

/**
 * The operations that this process has claimed, started or reported on, as they were then. Two processes may have the same worker
 * id, if an operator takes an operation over (`t` in migtop) from one that is not dead, and its replacement claims it. The row
 * shows which claim it has: each claim sets a later `started_at`, or the seconds worked in the mark differ
 * (sql/queries/fragments/reclaimed.sql). So the writes of the earlier process are refused.
 */
export interface Claims {
  /** The parameters of fragments/reclaimed.sql: the start and the seconds worked; both null if nothing is known. */
  of(id: unknown): readonly [start: string | null, worked: string | null];
  /** Remembers what a statement returned: `claim` after a claim, `reclaimed` if another process has the operation. */
  note(row: Fields, id: unknown): void;
  /** The operations that another process with this worker id has claimed since. */
  readonly lost: ReadonlySet<number>;
}

/** Remembers the claims of one session, in memory only. */
export function rememberClaims(): Claims {
  const known = new Map<unknown, readonly [string, string]>();
  const lost = new Set<number>();
  return {
    of: (id) => known.get(id) ?? [null, null],
    note({ claim, reclaimed, applied, body }, id) {
      if (Array.isArray(claim)) {
        const [claimed, start, worked] = claim as unknown[];
        known.set(claimed, [String(start), String(worked)]);
        lost.delete(Number(claimed));
      } else if (reclaimed === true && typeof id === 'number') lost.add(id);
      // An operation that has ended is claimed again before it is written again.
      else if (applied === true && isEnded(body)) known.delete(id);
    },
    lost,
  };
}

function isEnded(body: unknown): boolean {
  const status = typeof body === 'object' && body !== null && 'status' in body ? body.status : null;
  return status === 'completed' || status === 'failed';
}
