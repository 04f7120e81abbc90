import type { Connection } from '../database/connection.ts';
import type { Target } from '../database/target.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import { utc } from '../domain/zone.ts';
import { briefRows, inBrief } from './brief-counts.ts';
import { type ChangesRequest, type CountingResult, type CountingWork, requestWith } from './changes.ts';
import { createCountingBeside, hasFewGaps, type RangeResult } from './counting-beside.ts';
import { createCountingRest, type Patient, type WorkDone } from './counting-rest.ts';
import { createCountingTimeouts } from './counting-timeouts.ts';
import { createCountingTurns, patientTurnSeconds, turnSeconds } from './counting-turns.ts';
import { checkOf, mayBeWrong, patientKind, restUrgencyOf } from './counting-work.ts';
import { createFailures } from './failures.ts';
import { createLedger } from './ledger.ts';
import { createLedgerKeeping } from './ledger-keeping.ts';
import { firstCountRows, usualLimits } from './ledger-limits.ts';
import { createTableScan } from './table-scan.ts';
import { createUnfollowed, type Unfollowed } from './unfollowed.ts';
import type { Watch, WatchOptions } from './watch-interface.ts';
import { createWatchReads, type PollAnswer } from './watch-reads.ts';
import { isTimeout } from './whole-count.ts';

type IsDue = (kind: Patient) => boolean;
const always: IsDue = () => true;

/** A table whose ids span more than this is counted in id ranges. */
const usualFewIds = 200_000;

/**
 * How many times a poll is sent if the ledger cannot take the answer: once if all live rows have to be read again, once without the
 * new rows if too many rows changed, and once more before it begins again.
 */
const maxAttempts = 3;

/** How often `count` repeats each id range at most, on average. If the rows change faster, the totals say that they are not current. */
const mostRepeated = 5;

/** Creates the watcher of a table: it polls, counts between polls, and keeps the ledger and the failure index. */
export function createWatch(
  connection: Connection,
  target: () => Target,
  { acceptances, store, fewestKept, fewIds = usualFewIds, scanLimits }: WatchOptions = {},
): Watch {
  const ledger = createLedger(usualLimits, () => target().zone ?? utc);
  const reads = createWatchReads(connection, target, ledger);
  const rest = createCountingRest();
  const turns = createCountingTurns();
  const failures = createFailures(connection, target, acceptances, (ids) => ledger.dropFailed(ids));
  const timeouts = createCountingTimeouts();
  const scan = createTableScan(connection, target, ledger, () => performance.now(), scanLimits);
  const keeping = createLedgerKeeping(store, target, () => performance.now(), fewestKept);
  let unfollowed: Unfollowed | null = null;
  let queue: Promise<unknown> = Promise.resolve();
  let isWhole = false;
  let isCountNext = false;
  let counted: Snapshot | null = null;
  const createdMs = performance.now();
  /** The kinds of patient counts whose first wait has ended: the first count of a session waits as later ones do. */
  const begun = new Set<Patient>();
  /** Whether the ids of the last range that was counted first have so few gaps that blocks of ids are good ranges. */
  let isDense = false;
  const beside = createCountingBeside({
    ranges: ledger.ranges,
    bottom: () => (isDense ? ledger.bottom() : null),
    ids: briefRows,
    count: (work) => reads.alone({ ...work, isBrief: !ledger.ranges().lacksRows() }),
  });

  /** Runs `work` after everything that was queued before. */
  function enqueue<T>(work: () => Promise<T>): Promise<T> {
    const inTurn = () => keeping.finish(ledger).then(work);
    const result = queue.then(inTurn, inTurn);
    queue = result.catch(() => {});
    return result;
  }

  /** Reads the changes and a count in one snapshot. There is no count if another session has the lock of `turnKey`. */
  async function readBoth(
    request: ChangesRequest,
    work: CountingWork,
    turnKey: string | null,
  ): Promise<[PollAnswer, CountingResult | undefined]> {
    const { turn, counted, ...answer } = await reads.both(request, work, turnKey);
    if (turn === null) return [answer, counted];
    rest.setSessions(turn.sessions);
    turns.take(turn.isMine);
    return [answer, turn.isMine ? counted : undefined];
  }

  /** Takes a poll. @param arrived counts that had arrived from the second connection before it was sent */
  function take(
    { changes, summed }: PollAnswer,
    request: ChangesRequest,
    worked?: CountingResult,
    arrived: readonly RangeResult[] = [],
  ) {
    const counts = beside.polled(changes, arrived);
    const isTaken = ledger.take(changes, request, worked, counts, summed);
    if (!isTaken) beside.drop(counts);
    return isTaken;
  }

  /** The first poll of a table or a server. */
  async function begin(watched: readonly number[]): Promise<void> {
    const request = ledger.request(watched);
    const limit = firstCountRows(target().estimatedRows);
    const work: CountingWork = { kind: 'range', range: ledger.top(), limit, urgency: 'hurried' };
    const [answer, worked] = await readBoth(request, work, null);
    take(answer, request, worked);
  }

  async function pollOnce(watched: readonly number[]): Promise<Snapshot> {
    if (isUnfollowed()) return pollUnfollowed(watched);
    try {
      return await pollFollowed(watched);
    } catch (error) {
      if (!isTooSlow(error)) throw error;
      return pollUnfollowed(watched);
    }
  }

  function isUnfollowed(): boolean {
    const { isFollowable, hasVersions } = target();
    return !isFollowable || (unfollowed !== null && !hasVersions);
  }

  /** Whether a view or a foreign table timed out. Reading only its lists, and smaller ranges, may still work. */
  function isTooSlow(error: unknown): boolean {
    return !target().hasVersions && isTimeout(error);
  }

  async function pollUnfollowed(watched: readonly number[]): Promise<Snapshot> {
    unfollowed ??= createUnfollowed(connection, target);
    counted = await unfollowed.poll(counted, watched);
    return counted;
  }

  async function pollFollowed(watched: readonly number[]): Promise<Snapshot> {
    if (!ledger.isBegun()) await keeping.resume(ledger);
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      if (!ledger.isBegun()) {
        await begin(watched);
        if (!ledger.isFullDue()) return ledger.snapshot();
      }
      const request = ledger.request(watched);
      const answer = await reads.changes(request).catch((error: unknown) => {
        if (request.summed === null || !isTimeout(error)) throw error;
        return null;
      });
      if (answer === null) ledger.endSumming();
      if (answer === null) continue;
      const isTaken = take(answer, request);
      // If too much has changed, the ledger goes on, and takes the next poll.
      if (isTaken || !ledger.isBegun()) keeping.polled(isTaken ? { changes: answer.changes, request } : null);
      // If a full read is due, rows that are not live any more may be in the cache: read before showing them.
      if (isTaken && (!ledger.isFullDue() || request.isFull)) return ledger.snapshot();
    }
    if (!ledger.isBegun()) await begin(watched);
    return ledger.snapshot();
  }

  async function workOnce(isDue: IsDue): Promise<WorkDone | null> {
    if (isUnfollowed()) return unfollowed?.work() ?? null;
    if (!ledger.isBegun()) return null;
    try {
      return await countFollowed({ isDue, isInTurn: true, isBrief: ledger.ids() > fewIds });
    } catch (error) {
      if (!isTooSlow(error)) throw error;
      unfollowed = createUnfollowed(connection, target);
      return { restSeconds: 0, isWhole: false };
    }
  }

  /**
   * @param options.isInTurn whether to leave the count to another session that is counting
   * @param options.isBrief whether to count in brief where that is enough
   */
  async function countFollowed(options: {
    isDue: IsDue;
    isInTurn: boolean;
    isBrief: boolean;
  }): Promise<WorkDone | null> {
    const next = timeouts.fitted(ledger.work());
    const isFirst = next?.kind === 'range' && next.range.countedAt === null;
    if (next === null) {
      isWhole = true;
      return null;
    }
    const work = options.isBrief && !ledger.ranges().lacksRows() ? inBrief(next) : next;
    const waits = patientKind(work);
    const waiting = waits === undefined ? {} : { waits };
    const isWrong = mayBeWrong(work);
    if (waits !== undefined && !options.isDue(waits)) return null;
    if (waits !== undefined && !begun.has(waits)) {
      const restSeconds = await secondsBefore(waits);
      if (restSeconds > 0) return { restSeconds, isWhole: false, ...waiting };
    }
    const request = requestWith(work, ledger.request([]));
    const startedMs = performance.now();
    const turnKey = options.isInTurn ? turns.key(target().identity.tableOid) : null;
    const arrived = beside.arrived();
    const read = await readBoth(request, work, turnKey).catch((error: unknown) => {
      beside.drop(arrived);
      if (isTooSlow(error)) throw error;
      if (request.summed !== null) ledger.endSumming();
      return timeouts.failed(error, work);
    });
    if (!Array.isArray(read)) return { ...read, ...waiting };
    timeouts.succeeded();
    const [answer, worked] = read;
    const isSummed = request.summed !== null && work.kind === 'range' && work.range === ledger.top();
    const tookSeconds = (performance.now() - startedMs) / 1000;
    take(answer, request, worked, arrived);
    if (worked === undefined) {
      // A patient count leaves the next turns to other sessions, because each attempt takes a poll.
      const restSeconds = waits === undefined ? turnSeconds : patientTurnSeconds;
      return { restSeconds, isWhole: false, ...waiting };
    }
    const wasWhole = isWhole;
    isWhole = ledger.isWhole();
    // The first count of a table takes the longest.
    void (isWhole && !wasWhole ? keeping.save(ledger) : keeping.saveIfDue(ledger));
    const rows = worked.kind === 'range' ? worked.counted.counts.reduce((all, one) => all + one.operations, 0) : 0;
    if (work.kind === 'range' && isFirst) isDense = hasFewGaps(work.range, rows);
    // Rows that the server adds up are not among those of the poll.
    const found = isWrong || isSummed ? null : checkOf(worked, answer.changes.operations);
    if (found !== null) rest.checked(found);
    const urgency = restUrgencyOf(work);
    // A count in brief takes less time per row: the database would seem to have become slower after it.
    const compared = work.kind === 'range' && work.isBrief === true ? 0 : rows;
    const restSeconds = rest.after(tookSeconds, compared, urgency);
    return { restSeconds, isWhole: isWhole && !wasWhole, ...waiting };
  }

  /** How long the first count of a kind that can wait has to wait: longer with more sessions, since many may be opened at once. */
  async function secondsBefore(kind: Patient): Promise<number> {
    rest.setSessions(await reads.sessions());
    begun.add(kind);
    return rest.beforeFirst(kind) - (performance.now() - createdMs) / 1000;
  }

  /**
   * Reads the next part of the triage, or of the totals: in turn while both are incomplete. A hundred thousand failures take as long as
   * several million operations.
   */
  async function nextPiece(isDue: IsDue): Promise<WorkDone | null> {
    isCountNext = !isCountNext && ledger.isBegun() && !ledger.isWhole();
    const needed = isCountNext ? await workOnce(() => false) : null;
    return needed ?? (await failures.work()) ?? workOnce(isDue);
  }

  /** One step of counting at full speed, on two connections. Null if all is counted. */
  async function hurry(): Promise<WorkDone | null> {
    const triaged = await failures.work();
    if (triaged !== null) return triaged;
    if (ledger.isWrong()) {
      beside.begin();
      return countFollowed({ isDue: always, isInTurn: false, isBrief: true });
    }
    if (!beside.isBusy()) return null;
    await beside.ended();
    const arrived = beside.arrived();
    const request = ledger.request([]);
    take(await reads.changes(request), request, undefined, arrived);
    return { restSeconds: 0, isWhole: ledger.isWhole() };
  }

  return {
    poll: (watched) => enqueue(async () => failures.take(await pollOnce(watched))),
    restart: (change) =>
      enqueue(async () => {
        change();
        ledger.restart();
        keeping.restart();
        isWhole = false;
        counted = null;
        unfollowed = null;
        failures.clear();
      }),
    work: (isDue = always) => enqueue(() => nextPiece(isDue)),
    readAccepted: () => failures.readAccepted(),
    async count(onSlow) {
      if (!target().hasVersions) return false;
      const first = await enqueue(async () => failures.take(await pollOnce([])));
      if (isUnfollowed() || ledger.ids() <= fewIds) return false;
      if (ledger.isWrong()) onSlow(first);
      // Rows that the scan could not count are counted range by range.
      await enqueue(() => scan.count().catch(() => false));
      for (let repeated = 0; repeated <= mostRepeated * ledger.ranges().all().length; ) {
        if ((await enqueue(hurry)) === null) break;
        if (ledger.isWhole()) repeated++;
      }
      return !isUnfollowed();
    },
    analysis: () => ({ sums: ledger.batchSums(), history: ledger.history() }),
    keep: () => enqueue(() => keeping.save(ledger)),
  };
}
