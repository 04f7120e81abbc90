import type { Operation } from '../domain/operation.ts';
import type { HistorySpan } from '../domain/snapshot.ts';

/** The records of the batches that ended in the last hour, by the spans of time in which they ran (sql/queries/history.sql). */
export interface RecentHistory {
  /** Adds the spans of an id range that was counted for the first time. */
  add(spans: readonly HistorySpan[]): void;
  /** Adds an operation, if it ended after the time that the counts cover. */
  addOperation(operation: Operation): void;
  /** The counts of id ranges cover batches that ended until this time; null before the first poll. */
  until(): number | null;
  setUntil(takenAt: number): void;
  /** The spans of the hour before this time. */
  before(takenAt: number): readonly HistorySpan[];
  /** Takes the spans of an earlier run. */
  resume(spans: readonly HistorySpan[], until: number): void;
  clear(): void;
}

/** How many seconds back the throughput of the whole migration is known, and the length of each span of it in seconds. */
export const historySeconds = 3600;
export const historySpanSeconds = 10;

/** Spans that are too old are dropped whenever there are this many more. */
const pruneEvery = 1000;

/**
 * Adds up spans with one start, end and table. Ignores operations before `until` is set, and those of other phases than
 * execution. Times are in seconds since 1970.
 */
export function createRecentHistory(): RecentHistory {
  let spans = new Map<string, HistorySpan>();
  let until: number | null = null;
  let pruneAt = pruneEvery;

  function put(span: HistorySpan): void {
    const key = `${span.from} ${span.to} ${span.tableName}`;
    const known = spans.get(key);
    spans.set(key, known === undefined ? span : { ...span, records: known.records + span.records });
  }

  function prune(now: number): void {
    if (spans.size < pruneAt) return;
    for (const [key, { to }] of spans) if (to < now - historySeconds) spans.delete(key);
    pruneAt = spans.size + pruneEvery;
  }

  return {
    add(added) {
      for (const span of added) put(span);
    },
    addOperation({ phase, tableName, recordsProcessed: records, startedAt: start, completedAt: end }) {
      if (until === null || start === null || end === null || end <= until) return;
      if (phase !== 'execution' || records === null || records <= 0) return;
      if (!Number.isFinite(start) || !Number.isFinite(end) || start > end) return;
      const [from, to] = [Math.floor(start / historySpanSeconds), Math.ceil(end / historySpanSeconds)];
      put({ tableName, from: from * historySpanSeconds, to: to * historySpanSeconds, records });
      prune(end);
    },
    until: () => until,
    setUntil(takenAt) {
      until = takenAt;
    },
    // An end in the future is not plausible.
    before: (takenAt) =>
      [...spans.values()].filter(({ to }) => to > takenAt - historySeconds && to <= takenAt + historySpanSeconds),
    resume(kept, coveredUntil) {
      spans = new Map();
      for (const span of kept) put(span);
      until = coveredUntil;
    },
    clear() {
      spans = new Map();
      until = null;
    },
  };
}
