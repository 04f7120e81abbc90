import { isLive, type Status } from '../domain/operation.ts';
import { utc, type Zone } from '../domain/zone.ts';
import { createCarriedTotals } from './carried-totals.ts';
import {
  type Changes,
  type ChangesRequest,
  type CountingWork,
  firstRequest,
  nextRequest,
  whyBeginAgain,
} from './changes.ts';
import { isNeeded, nextWork } from './counting-work.ts';
import { createDriftDetection } from './drift.ts';
import { expectedOf, type RowChange } from './expected-updates.ts';
import { createHorizon } from './horizon.ts';
import { highestId } from './id-range.ts';
import { createIdRanges } from './id-ranges.ts';
import type { Ledger } from './ledger-interface.ts';
import { changesLimit, judgedLists, type LedgerLimits, liveStatuses, usualLimits } from './ledger-limits.ts';
import { snapshotOf } from './ledger-snapshot.ts';
import { createRecentHistory } from './recent-history.ts';
import { createRowCache } from './row-cache.ts';
import { advanceIds, dropFailed, takeRows } from './row-taking.ts';
import { createSumming } from './summed.ts';
import { createUnreported } from './unreported.ts';

/** Seconds without polls after which the statistics are compared with the changes as after an earlier run. */
const longAgoSeconds = 60;

/**
 * The ledger holds the totals of the table and keeps them up to date from the rows that change.
 *
 * The table is divided into id ranges (`id-ranges.ts`). A range is in one of these states:
 *
 *   not counted   `countedAt` is null. Its rows are in no total. The work between polls counts it.
 *   counted       Its sums are those of its rows, as of the last poll. Each poll keeps them up to date.
 *   stale         It was counted, and its sums are known to be wrong. It is counted again soon; until then its sums are shown, and
 *                 the snapshot says so (`coverage.isStale`).
 *   guessed       It was counted, and one change was attributed by a guess. It is counted again soon, too.
 *
 * Each poll reads the rows that were written by a transaction whose end the poll before could not see (`changes.ts`,
 * `horizon.ts`). The ledger looks up each such row in the row cache, which has the last version that a poll has read:
 *
 *   known         Subtract the old version from its range, add the new one.
 *   new           Its id is above the highest id of the poll before (or at most 512 below, and above that of the first poll): add it.
 *   was pending   Its id is lower, it has started since or is skipped or paused without a start, and its range has a pending
 *                 operation of the same phase and table that did nothing yet: subtract that one, add the row. Exact while the pending operations are counted at each poll;
 *                 else a guess.
 *   unknown       Its old version is not known: its range becomes stale.
 *   gone          The poll named it and did not get it: subtract the old version; its range becomes stale, since the row may have
 *                 changed to a status that no poll reads.
 *
 * If very many rows are added, the server adds up the new ones (`summed.ts`): the sums go into the highest range, in the snapshot of the
 * poll. Of these rows the row cache has only those that the poll fetched; an id near the highest one that it does not have is new
 * unless the poll named it (`lateIds`), and was pending if the poll said so.
 *
 * The invariant: a counted range that is neither stale nor guessed has the sums that a full count of its rows in the snapshot of
 * the last poll would give. It holds because a range is counted in the same snapshot as a poll: no row is counted twice, and no
 * change falls between a count and the poll after it.
 *
 * Where it can be wrong, and how it heals:
 *
 *   - Another session changes or deletes a row that no poll reads (an operation that ended long ago). The numbers of rows in each status
 *     (`drift.ts`) and the statistics of the table show most of these; a probe then finds the range. Each range is counted again from
 *     time to time in any case (`counting-work.ts`), and the snapshot shows the age of the oldest count.
 *   - A row is committed more than 512 ids late and has ended: the same.
 *   - Too many rows change in one poll, for example while migtop was suspended: mostly rows that were inserted since the poll before.
 *     The next poll leaves these out, unless they are live or have failed (`upTo`), and their ids become a new range, not counted.
 *   - Too many other rows change too, or another table or server answers (`whyBeginAgain`): forget all and count again. In both cases
 *     the previous totals are shown until then, with their age (`carried-totals.ts`), unless they are of another table.
 *
 * `unreported.ts` has the changes that no snapshot has reported yet. docs/polling.md has the guarantees and the special cases.
 */
export function createLedger(limits: LedgerLimits = usualLimits, zone: () => Zone = () => utc): Ledger {
  const { maxListed, maxFollowed, rangeRows } = limits;
  const cache = createRowCache(maxListed);
  const drift = createDriftDetection(maxListed, maxFollowed);
  const horizon = createHorizon(BigInt(limits.lateIds));
  const unreported = createUnreported();
  const history = createRecentHistory();
  const carried = createCarriedTotals();
  const summing = createSumming(limits.summedPerSecond);
  let ranges = createIdRanges(limits, null, zone);
  let last: Changes | null = null;
  /** Whether the next poll leaves out the new rows, since the last one had too many. */
  let isCatchingUp = false;
  /** Whether the last poll is one of an earlier run. */
  let isResumed = false;

  const isWhole = (): boolean => ranges.all().every((range) => range.countedAt !== null);
  function isFew(status: Status): boolean {
    const counted = last?.counts[status];
    if (counted !== undefined) return counted <= maxFollowed;
    if (isLive(status)) return true;
    if (status === 'failed' && last === null) return true;
    return isWhole() && ranges.inStatus(status) <= maxFollowed;
  }

  const parts = { cache, horizon, unreported, history, isFew };

  /** Another table or another server answered: its rows and transactions are different. */
  function forget(): void {
    ranges = createIdRanges(limits, null, zone);
    cache.clear();
    last = null;
    isCatchingUp = false;
    isResumed = false;
    history.clear();
    horizon.clear();
    drift.clear();
    unreported.forget();
    summing.end();
  }

  /** The previous totals stay visible, and what snapshots have reported is not reported again, unless the clock went back. */
  function countAgain(takenAt = Number.POSITIVE_INFINITY): void {
    if (last !== null && isWhole() && !isResumed)
      unreported.setReportedUntil(last.takenAt <= takenAt ? last.takenAt : null);
    carried.carry(ranges);
    forget();
  }

  function take(...[changes, request, worked, beside = [], summed = null]: Parameters<Ledger['take']>): boolean {
    const why = whyBeginAgain(last, changes, { floor: horizon.floor(), limit: request.limit });
    if (why !== null) {
      if (why === 'too much' && !isCatchingUp) {
        isCatchingUp = true;
        return false;
      }
      if (why === 'another table') {
        carried.drop();
        unreported.setReportedUntil(null);
        forget();
      } else countAgain(changes.takenAt);
      if (why === 'too much') drift.leaveOutMany(changes);
      return false;
    }
    if (summed !== null && summed.counted.reachedId !== null) {
      isCatchingUp = true;
      return false;
    }
    const before = last;
    if (request.upTo !== null && summed === null) {
      carried.carry(ranges);
      ranges.cutAbove(request.upTo, null);
      horizon.skip(changes);
      history.setUntil(changes.takenAt);
    }
    isCatchingUp = false;
    if (before === null) {
      horizon.begin(changes, drift.leftOutUntil());
      history.setUntil(changes.takenAt);
    } else if (!isResumed) unreported.compare();
    const justCounted = worked?.kind === 'range' ? worked.range : null;
    for (const { range, counted, history: spans } of worked?.kind === 'range' ? [worked, ...beside] : beside) {
      ranges.count(range, counted, changes.takenAt);
      unreported.addHistory(spans);
      history.add(spans);
    }
    const top = horizon.top();
    const isGap = before !== null && (isResumed || changes.takenAt - before.takenAt >= longAgoSeconds);
    const changed: RowChange[] = [];
    const onChange = isGap ? (...change: RowChange): void => void changed.push(change) : undefined;
    const summedAbove = summed === null ? null : top;
    const taking = { changes, request, ranges, justCounted, before, summedAbove, onChange };
    const { followed, ended } = takeRows(summed, parts, taking, top);
    summing.take(ended, changes.takenAt);
    if (isResumed) {
      // The changes since the earlier run are no changes since a poll of this one.
      unreported.forget();
      unreported.addHistory(history.before(changes.takenAt));
    }
    unreported.watched(changes.operations.filter(({ id }) => request.watched.includes(id)));
    // The first rows of each table in a range are fetched: larger ranges have fewer of these.
    advanceIds(changes, { ranges, horizon }, summed === null ? rangeRows : 5 * rangeRows);
    if (summed !== null) horizon.setSummed(summed);
    last = changes;
    // Those transactions may have written starts from before the first poll, which later polls do not read.
    if (horizon.endFirstTransactions(changes)) drift.hint(changes.takenAt);
    if (before !== null) {
      const upTo = summed === null ? request.upTo : null;
      const added = { top, upTo, summed: summed?.counted ?? null };
      const expected = isGap ? expectedOf(changed, [before.takenAt, changes.takenAt], added, ranges.totals) : null;
      drift.takeStatistics(changes, before, { followed, expected, upTo }, ranges);
      if (isResumed) ranges.markOlder(drift.keptSince(changes.takenAt));
    }
    isResumed = false;
    drift.judgeStatistics(ranges);
    if (worked?.kind === 'probe') drift.takeProbe(worked, ranges);
    drift.takeCounts(changes, request, cache, ranges);
    const next = { floor: horizon.floor(), startedAfter: startedAfter(changes), since: changes.xmin % 2 ** 32 };
    cache.prune({ ...next, statuses: readStatuses(), watched: request.watched });
    ranges.mergeNeighbours();
    if (isWhole()) {
      ranges.readMissing();
      carried.drop();
      unreported.setReportedUntil(null);
    }
    return true;
  }

  function nextStep(): CountingWork | null {
    if (last === null || isCatchingUp) return null;
    return nextWork(ranges.all(), last.takenAt, rangeRows, { probe: drift.probe(), hintAt: drift.hintAt() });
  }

  const startedAfter = (changes: Changes): number => horizon.startedAfter(changes, isFew('pending'));

  /** The statuses of which every poll reads the changed rows. */
  const readStatuses = (): Status[] =>
    liveStatuses.filter((status) => !drift.isLeftOut(status) && (status !== 'failed' || isCatchingUp || isFew(status)));

  function request(watched: readonly number[]): ChangesRequest {
    const counted = (['running', 'paused', 'failed', 'pending', 'skipped'] as const).filter(isFew);
    if (last === null) return firstRequest({ watched, limit: (judgedLists + 1) * maxListed, counted });
    const floor = horizon.floor();
    const since = last.xmin % 2 ** 32;
    const isFullDue = drift.isFullDue();
    const isSummed = summing.isDue() && !isCatchingUp && !isResumed && !isFullDue && isWhole() && isFew('failed');
    return nextRequest({
      isFull: isFullDue,
      since,
      ...(isCatchingUp
        ? { above: null, upTo: horizon.top() }
        : { above: floor, upTo: isSummed ? horizon.top() : null }),
      summed: isSummed ? { since: last.takenAt, lateIds: limits.lateIds } : null,
      startedAfter: horizon.hasStarts() ? startedAfter(last) : null,
      statuses: readStatuses(),
      many: drift.many(),
      ids: cache.idsUpTo(floor),
      watched: [...watched, ...cache.strangers()],
      known: cache.knownSince(since),
      limit: changesLimit(limits, isFullDue, isResumed && !isCatchingUp ? last.counts : null),
      counted,
    });
  }

  return {
    request,
    restart() {
      forget();
      carried.drop();
      unreported.restart();
    },
    countAgain: () => countAgain(),
    take,
    work() {
      const step = nextStep();
      if (step?.kind !== 'range' || step.range.last !== highestId || last === null || !summing.isDue()) return step;
      // The new rows of the next poll go into another range than the one that is counted.
      ranges.cutAbove(horizon.top(), last.takenAt);
      return nextStep();
    },
    keys: () => ranges.keys(),
    evidence: () => ranges.evidence(),
    top: () => ranges.at(horizon.top()),
    ranges: () => ranges,
    bottom: horizon.bottom,
    dropFailed: (ids) => dropFailed(ids, cache, ranges),
    endSumming: summing.end,
    isBegun: () => last !== null,
    isFullDue: drift.isFullDue,
    isWhole,
    isWrong: () => isNeeded(nextStep()),
    ids: () => Math.max(0, Number(horizon.top() - horizon.bottom()) + 1),
    snapshot() {
      if (last === null) throw new Error('The ledger has no snapshot before the first poll.');
      return snapshotOf(last, { ...parts, drift, carried, ranges });
    },
    batchSums: () => ranges.batchSums(),
    history: () => history.before(last?.takenAt ?? 0),
    historyUntil: history.until,
    keep() {
      const until = history.until();
      // With many live or failed rows the first poll of a later run could not read the texts of those that are listed.
      if (last === null || until === null || isCatchingUp || !isFew('failed') || drift.many().size > 0) return null;
      return {
        last,
        horizon: horizon.keep(),
        drift: drift.keep(),
        ranges: ranges.keep(),
        rows: [...cache.all()],
        history: { until, spans: history.before(last.takenAt) },
      };
    },
    resume(kept) {
      forget();
      unreported.setReportedUntil(null);
      last = { ...kept.last, operations: [], unreadable: [], sessions: [] };
      isResumed = true;
      horizon.resume(kept.horizon);
      drift.resume(kept.drift);
      ranges = createIdRanges(limits, kept.ranges, zone);
      cache.resume(kept.rows);
      history.resume(kept.history.spans, kept.history.until);
    },
  };
}
