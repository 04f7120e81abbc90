import type { Operation, Unreadable } from '../domain/operation.ts';
import type { HistorySpan } from '../domain/snapshot.ts';

/** What polls found since the last snapshot, which tells it once. */
export interface Unreported {
  /** Rows that changed, by id, and rows that were asked for. */
  rows(): Iterable<Operation>;
  changed(operation: Operation): void;
  gone(id: number): void;
  watched(operations: readonly Operation[]): void;
  /** From now on gains can be told: a poll came before. */
  compare(): void;
  /** Adds records that an operation processed. A new one is named also with 0. */
  gain(id: number, records: number): void;
  inserted(id: number): void;
  addHistory(spans: readonly HistorySpan[]): void;
  setUnreadable(rows: readonly Unreadable[]): void;
  unreadable(): readonly Unreadable[];
  /** The gains (null where nothing can be compared) and the history; forgets them and the changed rows. */
  report(): { readonly gained: ReadonlyMap<number, number> | null; readonly history: readonly HistorySpan[] };
  /** Another table or server: nothing before can be compared with what comes. */
  forget(): void;
  /** Other operations are asked for: the history and the unreadable rows are of others too. */
  restart(): void;
}

export function createUnreported(): Unreported {
  let changed = new Map<number, Operation>();
  let watched: readonly Operation[] = [];
  let gained: Map<number, number> | null = null;
  let history: HistorySpan[] = [];
  let unreadable: readonly Unreadable[] = [];

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
    addHistory: (spans) => void history.push(...spans),
    setUnreadable(rows) {
      unreadable = rows;
    },
    unreadable: () => unreadable,
    report() {
      const reported = { gained, history };
      changed = new Map();
      history = [];
      gained = gained === null ? null : new Map();
      return reported;
    },
    forget() {
      changed = new Map();
      watched = [];
      gained = null;
    },
    restart() {
      history = [];
      unreadable = [];
    },
  };
}
