import type { AuditLog, OpenEntry } from '../domain/audit.ts';
import type { Outcome } from '../domain/transitions.ts';
import type { Connection } from './connection.ts';
import { lookUp, type Settled, type Unsettled, unsettledOf } from './settle.ts';
import type { Target } from './target.ts';

/** Where the actions whose outcome is not known are looked up. */
interface SettleContext {
  readonly connection: Connection;
  readonly target: Target;
  readonly log: AuditLog;
}

/** The actions whose outcome is not known, of this program and of earlier ones. */
export interface UnsettledActions {
  add(action: Unsettled): void;
  /** The same log; what begins there is an action of this program. */
  noting(log: AuditLog): AuditLog;
  /** Takes the outcome of an action of this program. */
  ended(outcome: Outcome): void;
  /** Looks them up, and forgets those of which it can be told now. */
  settle(context: SettleContext): Promise<readonly Settled[]>;
}

/** @param log the local audit, which has the actions of earlier programs; null where it is not used */
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
    }),
    ended(outcome) {
      if (outcome.kind === 'applied') written.add(outcome.version);
    },
    async settle(context) {
      const left = (await earlier) ?? [];
      earlier = null;
      // The log may have been read while an action of this program was in progress.
      for (const action of left.filter(({ key }) => !begun.has(key)).map(unsettledOf))
        if (action !== null) unsettled.add(action);
      const found = await Promise.all([...unsettled].map((action) => lookUp(context, action, written)));
      const settled = found.filter((one) => one !== null);
      for (const { action } of settled) unsettled.delete(action);
      return settled;
    },
  };
}
