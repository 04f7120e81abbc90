import type { AuditLog, OpenEntry } from '../domain/audit.ts';
import type { Outcome } from '../domain/transitions.ts';
import type { Connection } from './connection.ts';
import { type Settled, settleAction, type Unsettled, unsettledOf } from './settle.ts';
import type { Target } from './target.ts';

/** The connection, table and local audit to look up actions whose outcome is not known. */
interface SettleContext {
  readonly connection: Connection;
  readonly target: Target;
  readonly log: AuditLog;
}

/** The actions whose outcome is not known, of this process and of earlier ones. */
export interface UnsettledActions {
  add(action: Unsettled): void;
  /** Returns a log that writes into `log`, and remembers the actions that begin in it as those of this process. */
  noting(log: AuditLog): AuditLog;
  /** Records the outcome of an action of this process. */
  ended(outcome: Outcome): void;
  /** Looks up all unknown outcomes. Returns and removes the actions whose outcome is now known. */
  settle(context: SettleContext): Promise<readonly Settled[]>;
}

/** How many actions are looked up at the same time. */
const atOnce = 4;

/** @param log the local audit, which has the actions of earlier processes; null if it is not used */
export function unsettledActions(log: AuditLog | null): UnsettledActions {
  const unsettled = new Set<Unsettled>();
  const begun = new Set<string>();
  const written = new Set<string>();
  let earlier: Promise<OpenEntry[]> | null = log?.unsettled().catch(() => []) ?? null;
  return {
    add: (action) => void unsettled.add(action),
    noting: (other) => ({
      ...other,
      begin(intent) {
        begun.add(intent.key);
        return other.begin(intent);
      },
      beginMany(bulk) {
        for (const index of bulk.rows.keys()) begun.add(`${bulk.key}/${index}`);
        return other.beginMany(bulk);
      },
    }),
    ended(outcome) {
      if (outcome.kind === 'applied') written.add(outcome.version);
    },
    async settle(context) {
      const left = (await earlier) ?? [];
      earlier = null;
      // The log may have been read while an action of this process was in progress.
      for (const action of left.filter(({ key }) => !begun.has(key)).map(unsettledOf))
        if (action !== null) unsettled.add(action);
      const settled: Settled[] = [];
      const waiting = [...unsettled];
      // A few at a time: an action of the operator must not wait for all of them.
      for (let first = 0; first < waiting.length; first += atOnce) {
        const some = waiting.slice(first, first + atOnce);
        const found = await Promise.all(some.map((action) => settleAction(context, action, written)));
        settled.push(...found.filter((one) => one !== null));
      }
      for (const { action } of settled) unsettled.delete(action);
      return settled;
    },
  };
}
