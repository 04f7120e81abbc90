import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { sqlFor } from '../database/sql.ts';
import type { Target } from '../database/target.ts';
import { operationsOf } from '../domain/tally.ts';
import type { Changes, ChangesRequest } from './changes.ts';
import type { KeptLedger, LedgerStore } from './kept-ledger.ts';
import { type KeptText, keptText, readKeptText } from './kept-text.ts';
import type { Ledger } from './ledger-interface.ts';

/** Keeps the ledger of a table between runs of the program (docs/polling.md, "Between two runs"). */
export interface LedgerKeeping {
  /**
   * Gives a ledger the state of the kept one, if there is one that fits. Does nothing after the first call for a target. Of a large
   * ledger it takes the preview (kept-preview.ts), so that the first frame does not wait for the rest.
   */
  resume(ledger: Ledger): Promise<void>;
  /** The ledger has taken this poll, or could not take it. */
  polled(poll: FirstPoll | null): void;
  /** Gives a ledger that took a preview the state of the whole kept one, and the first poll again. */
  finish(ledger: Ledger): Promise<void>;
  /** Saves the ledger, unless nothing was counted and little changed since it was saved. Never rejects. */
  save(ledger: Ledger): Promise<void>;
  /** Saves it if it was not saved for some minutes. */
  saveIfDue(ledger: Ledger): Promise<void>;
  /** Other operations are watched: they may have another kept ledger. */
  restart(): void;
}

/** The answer to the first poll after a preview. Its snapshot was reported. */
export interface FirstPoll {
  readonly changes: Changes;
  readonly request: ChangesRequest;
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
  /** The work that waits until the first poll was reported: to save the ledger's text. */
  let rest: { readonly text: KeptText; firstPoll: FirstPoll | null } | null = null;

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
      const read = text === null ? null : readKeptText(text, key);
      const kept = read?.preview ?? read?.whole() ?? null;
      if (read === null || kept === null || operationsIn(kept) < fewest) return;
      if (read.preview === null) saved = stateOf(kept);
      else rest = { text: read, firstPoll: null };
      ledger.resume(kept);
    },
    polled(poll) {
      if (poll === null) rest = null;
      else if (rest !== null) rest.firstPoll ??= poll;
    },
    async finish(ledger) {
      if (rest === null) return;
      const { text, firstPoll } = rest;
      rest = null;
      // Keys and frames come first: each of these steps takes up to a tenth of a second.
      await setImmediate();
      const kept = text.whole();
      if (kept === null) return ledger.countAgain();
      await setImmediate();
      saved = stateOf(kept);
      ledger.resume(kept);
      if (firstPoll !== null && ledger.take(firstPoll.changes, firstPoll.request)) ledger.snapshot();
    },
    save,
    async saveIfDue(ledger) {
      if (now() - savedAtMs >= saveEveryMs) await save(ledger);
    },
    restart() {
      isTried = false;
      rest = null;
    },
  };
}

/** Without these, another run could not know whether a ledger still fits. */
const neededStatistics = ['start', 'files', 'inserted', 'updated', 'deleted', 'resets'] as const;

/**
 * Returns the key of a table's ledger: the server, the table, and the queries that count it, which have the restriction of
 * `--since` in them, and change with the version of migtop. Null if another run could not know whether a ledger still fits: the
 * server does not tell when it started, which files the table has or how many rows were written, or the table shows each role other rows.
 */
function keyOf(target: Target): string | null {
  const { identity, isFollowable, hasVersions, rowSecurity, refused } = target;
  if (!isFollowable || !hasVersions || rowSecurity || !/^\d+$/.test(identity.system)) return null;
  if (neededStatistics.some((statistic) => refused.includes(statistic))) return null;
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
