import { createHash } from 'node:crypto';
import { sqlFor } from '../database/sql.ts';
import type { Target } from '../database/target.ts';
import { operationsOf } from '../domain/tally.ts';
import type { KeptLedger, LedgerStore } from './kept-ledger.ts';
import { keptLedger, keptText } from './kept-text.ts';
import type { Ledger } from './ledger.ts';

/** Keeps the ledger of a table between runs of the program (docs/polling.md, "Between two runs"). */
export interface LedgerKeeping {
  /** Lets a ledger go on from the kept one, if there is one that fits. Does nothing after the first call for a target. */
  resume(ledger: Ledger): Promise<void>;
  /** Saves the ledger, unless nothing was counted and little changed since it was saved. Never rejects. */
  save(ledger: Ledger): Promise<void>;
  /** Saves it if it was not saved for some minutes. */
  saveIfDue(ledger: Ledger): Promise<void>;
  /** Other operations are watched: they may have another kept ledger. */
  restart(): void;
}

/** A table with fewer operations is counted again in less time than a ledger is read, and its kept counts may be wrong. */
const fewestOperations = 50_000;

/** How often a running monitor saves its ledger, in milliseconds. */
const saveEveryMs = 600_000;

/** A ledger is not saved again for the changes of so few seconds. */
const fewSeconds = 60;

/** @param fewest the minimum number of operations of a ledger that is worth keeping and using, for tests */
export function createLedgerKeeping(
  store: LedgerStore | undefined,
  target: () => Target,
  now: () => number,
  fewest = fewestOperations,
): LedgerKeeping {
  let isTried = false;
  let savedAtMs = now();
  let saved = { takenAt: Number.NEGATIVE_INFINITY, counts: 0 };

  async function save(ledger: Ledger): Promise<void> {
    const key = keyOf(target());
    if (store === undefined || key === null) return;
    const kept = ledger.keep();
    if (kept === null || operationsIn(kept) < fewest) return;
    savedAtMs = now();
    const before = saved;
    saved = stateOf(kept);
    if (saved.counts === before.counts && saved.takenAt - before.takenAt < fewSeconds) return;
    await store.save(nameOf(key), keptText(kept, key));
  }

  return {
    async resume(ledger) {
      const key = keyOf(target());
      if (store === undefined || isTried || key === null) return;
      isTried = true;
      const text = await store.load(nameOf(key));
      const kept = text === null ? null : keptLedger(text, key);
      if (kept === null || operationsIn(kept) < fewest) return;
      saved = stateOf(kept);
      ledger.resume(kept);
    },
    save,
    async saveIfDue(ledger) {
      if (now() - savedAtMs >= saveEveryMs) await save(ledger);
    },
    restart() {
      isTried = false;
    },
  };
}

/**
 * What identifies the ledger of a table: the server, the table, and the queries that count it, which have the restriction of
 * `--since` in them, and change with the version of migtop. Null if another run could not know whether a ledger still fits: the
 * server does not tell when it started or which files the table has, or the table shows each role other rows.
 */
function keyOf(target: Target): string | null {
  const { identity, isFollowable, hasVersions, rowSecurity, refused } = target;
  if (!isFollowable || !hasVersions || rowSecurity || !/^\d+$/.test(identity.system)) return null;
  if (refused.includes('start') || refused.includes('files')) return null;
  const { system, databaseOid, tableOid } = identity;
  const texts = (['range', 'changes', 'probe'] as const).map((name) => sqlFor(name, target.table, target));
  return createHash('sha256')
    .update(JSON.stringify([system, databaseOid, tableOid, ...texts]))
    .digest('hex');
}

/** When it was polled, and a number that changes with each count. */
function stateOf({ last, ranges }: KeptLedger): { readonly takenAt: number; readonly counts: number } {
  return { takenAt: last.takenAt, counts: ranges.ranges.reduce((sum, { countedAt }) => sum + (countedAt ?? 0), 0) };
}

function nameOf(key: string): string {
  return key.slice(0, 32);
}

function operationsIn({ ranges }: KeptLedger): number {
  let operations = 0;
  for (const { groups } of ranges.ranges) for (const { tally } of groups) operations += operationsOf(tally);
  return operations;
}
