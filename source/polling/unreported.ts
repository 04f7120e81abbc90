import type { Operation, Unreadable } from '../domain/operation.ts';
import type { HistorySpan, Snapshot, SummedGain } from '../domain/snapshot.ts';

/** Changes that polls found since the last snapshot. The next snapshot reports each of them once. */
export interface Unreported {
  /** Rows that changed, and watched rows. */
  rows(): Iterable<Operation>;
  changed(operation: Operation): void;
  gone(id: number): void;
  watched(operations: readonly Operation[]): void;
  /** From now on gains are known: there is an earlier poll to compare with. */
  compare(): void;
  /** Adds records that an operation processed. */
  gain(id: number, records: number): void;
  /** Lists a new operation among the gains, also with 0 records. */
  inserted(id: number): void;
  /** Lists an operation that has got another start. */
  begun(id: number): void;
  /** Adds the gains of rows that were added up. */
  summed(gains: readonly SummedGain[]): void;
  addHistory(spans: readonly HistorySpan[]): void;
  /** If the table is counted again: until when snapshots have reported its history. It is not added again. */
  setReportedUntil(moment: number | null): void;
  setUnreadable(rows: readonly Unreadable[]): void;
  unreadable(): readonly Unreadable[];
  /** Returns the gains (null if no earlier poll can be compared) and the history; forgets them and the changed rows. */
  report(): Pick<Snapshot, 'gained' | 'begun' | 'summed' | 'history'>;
  /** Forgets what is of another table or server. */
  forget(): void;
  /** Forgets the history and the unreadable rows too: other operations are polled. */
  restart(): void;
}

/** Reports null as gains before the first `compare`; gains of 0 records are listed only for inserted operations. */
export function createUnreported(): Unreported {
  let changed = new Map<number, Operation>();
  let watched: readonly Operation[] = [];
  let gained: Map<number, number> | null = null;
  let begun = new Set<number>();
  let summed: readonly SummedGain[] = [];
  let history: HistorySpan[] = [];
  let unreadable: readonly Unreadable[] = [];
  let reportedUntil: number | null = null;

  return {
    rows: () => [...watched, ...changed.values()],
    changed: (operation) => void changed.set(operation.id, operation),
    gone: (id) => void changed.delete(id),
    watched(operations) {
      watched = operations;
    },
    compare() {
      gained ??= new Map();
    },
    gain(id, records) {
      if (records > 0) gained?.set(id, (gained.get(id) ?? 0) + records);
    },
    inserted: (id) => void gained?.set(id, gained.get(id) ?? 0),
    begun: (id) => void begun.add(id),
    summed(gains) {
      summed = [...summed, ...gains];
    },
    // There may be more spans than a call has arguments.
    addHistory(spans) {
      for (const span of reportedUntil === null ? spans : spansAfter(spans, reportedUntil)) history.push(span);
    },
    setReportedUntil(moment) {
      reportedUntil = moment;
    },
    setUnreadable(rows) {
      unreadable = rows;
    },
    unreadable: () => unreadable,
    report() {
      const reported = {
        gained,
        history,
        ...(begun.size > 0 && { begun }),
        ...(summed.length > 0 && { summed }),
      };
      changed = new Map();
      begun = new Set();
      summed = [];
      history = [];
      gained = gained === null ? null : new Map();
      return reported;
    },
    forget() {
      changed = new Map();
      watched = [];
      gained = null;
      begun = new Set();
      summed = [];
    },
    restart() {
      history = [];
      reportedUntil = null;
      unreadable = [];
    },
  };
}

/** Returns the parts of the spans after a moment, if the records of a span are processed evenly. */
function spansAfter(spans: readonly HistorySpan[], moment: number): readonly HistorySpan[] {
  return spans.flatMap((span) => {
    const { from, to, records } = span;
    if (from >= moment) return [span];
    return to > moment ? [{ ...span, from: moment, records: (records * (to - moment)) / (to - from) }] : [];
  });
}
