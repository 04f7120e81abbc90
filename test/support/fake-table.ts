import { DatabaseError } from '../../source/database/database-error.ts';
import type { Loss } from '../../source/database/losses.ts';
import type { Settled } from '../../source/database/settle.ts';
import type { Silence } from '../../source/database/silence.ts';
import type { Target } from '../../source/database/target.ts';
import { type AuditEntry, type Intent, noGaps } from '../../source/domain/audit.ts';
import { reasonNote, withLaterReasons } from '../../source/domain/audit-notes.ts';
import type { RowOutcome } from '../../source/domain/bulk-actions.ts';
import type { Until } from '../../source/domain/deadline.ts';
import { matches } from '../../source/domain/filter/matches.ts';
import { failureOf } from '../../source/domain/held-failures.ts';
import { lastActorsIn } from '../../source/domain/last-actors.ts';
import { isOpen, type Operation } from '../../source/domain/operation.ts';
import type { RunStart } from '../../source/domain/runs.ts';
import { isInScope, sinceTimestamp } from '../../source/domain/since.ts';
import type { WorkerConnection } from '../../source/domain/snapshot.ts';
import type { Outcome, Transition } from '../../source/domain/transitions.ts';
import type { Resolution, Triage } from '../../source/domain/triage.ts';
import { triageOf } from '../../source/domain/triage-tally.ts';
import type { Watcher } from '../../source/domain/watcher.ts';
import type { Copied } from '../../source/monitor/copying.ts';
import { createMonitor } from '../../source/monitor/monitor.ts';
import type { Monitor } from '../../source/monitor/monitor-interface.ts';
import type { Personal } from '../../source/monitor/personal.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import type { ControlTable, PageRequest } from '../../source/polling/control-table.ts';
import type { WorkDone } from '../../source/polling/counting-rest.ts';
import type { Window } from '../../source/presentation/window.ts';
import { detailOf, isLive, snapshotOf, takenAt, target } from './fixtures.ts';

/** The methods that ask the database something. */
export type Question =
  | 'poll'
  | 'work'
  | 'report'
  | 'page'
  | 'detail'
  | 'act'
  | 'inspect'
  | 'activity'
  | 'restrict'
  | 'runStarts';

export interface FakeTable extends ControlTable {
  /** The rows of the table; a test changes them as workers would. */
  rows: Operation[];
  /** The database's clock, in seconds. */
  takenAt: number;
  /** Whether the server takes writes, as each poll reads it. */
  takesWrites: boolean;
  /** The result of `inspect`. */
  target: Target;
  inspect(): Promise<Target>;
  /** The entries of the audit, newest first; each action adds one. */
  audit: AuditEntry[];
  /** The named sessions of workers. */
  sessions: readonly WorkerConnection[];
  /** Who else watches. */
  others: Watcher[];
  /** All calls with their arguments. */
  readonly asked: readonly { readonly question: Question; readonly argument: unknown }[];
  /** How often a question was asked. */
  count(question: Question): number;
  /** How many questions of a kind are waiting for their answer, and the most that ever were at once. */
  readonly underWay: Readonly<Record<Question, number>>;
  readonly mostAtOnce: Readonly<Record<Question, number>>;
  /** From now on every question is answered with this error; null: the database is back. */
  gone: Error | null;
  /** The failures that a later attempt has resolved, each with the id of that attempt. */
  readonly resolved: Map<number, number>;
  /** The starts of runs that the table reports. */
  runs: RunStart[];
  /** The outcomes of the next writes, instead of the real ones. An error is thrown. */
  readonly outcomes: (Outcome | Error)[];
  /** From now on answers to this question wait; the returned function lets the oldest one go, or all that waited. */
  hold(question: Question): Held;
  /** The steps of counting that are left. */
  readonly works: WorkDone[];
  /** The result of the next look-up of unknown outcomes, while the table can be reached. */
  readonly settled: Settled[];
  /** For each time that what is in progress was ended: how many milliseconds it was given. */
  /** Why a poll is not answered. */
  silence: Silence;
  /** The connections that the next poll says were lost. */
  losses: Loss[];
  readonly quiesced: number[];
  /** How many times it was closed. */
  closed: number;
}

export interface Held {
  /** Lets the question that has waited longest have its answer, as the table is then. */
  release(): void;
  /** Lets all go and holds no more. */
  end(): void;
  readonly waiting: number;
}

export const lostConnection = new DatabaseError(
  'unreachable',
  'No PostgreSQL answers at db1:5432 (connection refused). Check host and port, and that the server is running.',
);

/** A control table in memory: it answers as PostgreSQL would, unless the test says otherwise. */
export function fakeTable(rows: readonly Operation[] = [], given: Partial<Target> = {}): FakeTable {
  const asked: { question: Question; argument: unknown }[] = [];
  const zero = (): Record<Question, number> => ({
    poll: 0,
    work: 0,
    report: 0,
    page: 0,
    detail: 0,
    act: 0,
    inspect: 0,
    activity: 0,
    restrict: 0,
    runStarts: 0,
  });
  const [underWay, mostAtOnce] = [zero(), zero()];
  const held = new Map<Question, (() => void)[]>();
  let versions = 800_000;
  let before: readonly Operation[] | null = null;

  async function answer<T>(question: Question, argument: unknown, make: () => T): Promise<T> {
    asked.push({ question, argument });
    underWay[question]++;
    mostAtOnce[question] = Math.max(mostAtOnce[question], underWay[question]);
    const waiting = held.get(question);
    try {
      if (waiting !== undefined) await new Promise<void>((resolve) => waiting.push(resolve));
      // As over a network: never in the same turn.
      await Promise.resolve();
      if (table.gone !== null) throw table.gone;
      return make();
    } finally {
      underWay[question]--;
    }
  }

  function inScope(): Operation[] {
    const { scope } = table.target;
    return scope === undefined ? table.rows : table.rows.filter((row) => isInScope(scope, row));
  }

  function move({ id, from, to, version, completedAt, identity }: Transition): Outcome {
    const row = table.rows.find((one) => one.id === id && (identity === null || one.identity === identity));
    if (row === undefined) return { kind: 'gone' };
    if (row.status !== from || (version !== null && row.version !== version)) {
      return { kind: 'stale', actual: row.status };
    }
    const changed: Operation = {
      ...row,
      status: to,
      version: String(++versions),
      completedAt:
        completedAt === 'clear' ? null : completedAt === 'set' ? (row.completedAt ?? table.takenAt) : row.completedAt,
    };
    table.rows = table.rows.map((one) => (one.id === id ? changed : one));
    return {
      kind: 'applied',
      version: changed.version ?? '',
      hadCompletedAt: row.completedAt !== null,
      at: table.takenAt,
      isUnconfirmed: false,
    };
  }

  const ownKeys = new Set<string>();

  function keyOf({ nextKey }: Intent): string | null {
    const key = nextKey?.() ?? null;
    if (key !== null) ownKeys.add(key);
    return key;
  }

  const accepted = new Map<string, string>();

  function judged(failures: readonly Operation[]): Triage {
    return triageOf(
      failures.map((row) => {
        const note = accepted.get(`${row.id} ${row.version}`);
        const by = table.resolved.get(row.id);
        if (by !== undefined) return failureOf(row, { kind: 'resolved', by });
        const resolution: Resolution =
          note === undefined ? { kind: 'unresolved' } : { kind: 'accepted', who: 'ana@bastion', at: takenAt, note };
        return failureOf(row, resolution);
      }),
      true,
    );
  }

  function page({ direction, from, filter, limit }: PageRequest): Operation[] {
    const matching = inScope()
      .filter((row) => matches(filter, row))
      .sort((a, b) => b.id - a.id);
    return direction === 'older'
      ? matching.filter(({ id }) => from === null || id <= from).slice(0, limit)
      : matching.filter(({ id }) => from === null || id > from).slice(-limit);
  }

  const table: FakeTable = {
    sessions: [],
    takesWrites: true,
    rows: [...rows],
    takenAt,
    target: { ...target, ...given },
    operator: { osUser: 'ana', host: 'bastion', client: 'migtop' },
    asked,
    underWay,
    mostAtOnce,
    gone: null,
    outcomes: [],
    resolved: new Map(),
    runs: [],
    audit: [],
    others: [],
    closed: 0,
    settled: [],
    silence: 'server up',
    losses: [],
    quiesced: [],
    works: [],
    count: (question) => asked.filter((one) => one.question === question).length,
    hold(question) {
      const waiting: (() => void)[] = [];
      held.set(question, waiting);
      return {
        release: () => waiting.shift()?.(),
        end() {
          held.delete(question);
          for (const go of waiting.splice(0)) go();
        },
        get waiting() {
          return waiting.length;
        },
      };
    },
    inspect: () => answer('inspect', null, () => table.target),
    poll: (watched) =>
      answer('poll', watched, () => {
        const ids = (before ?? []).filter(({ status }) => isLive(status)).map(({ id }) => id);
        const { sessions, takesWrites } = table;
        const read = snapshotOf(inScope(), table.takenAt, [...ids, ...watched], before);
        const snapshot = { ...read, sessions, takesWrites };
        before = inScope();
        return accepted.size + table.resolved.size === 0
          ? snapshot
          : { ...snapshot, triage: judged(snapshot.failures) };
      }),
    restrict: (since) =>
      answer('restrict', since, () => {
        const { scope: _, ...whole } = table.target;
        const startedAt = since === null ? null : sinceTimestamp(since, table.takenAt);
        const firstId = since?.kind === 'id' ? since.id : '1';
        table.target = since === null ? whole : { ...whole, scope: { text: since.text, firstId, startedAt } };
        before = null;
        return table.target;
      }),
    examine: async () => ({ findings: [], notChecked: [] }),
    validated: async () => [],
    skipCost: async () => ({ openOperations: 0, references: [], attempt: null }),
    runStarts: () => answer('runStarts', null, () => table.runs),
    work: () => answer('work', null, () => table.works.shift() ?? null),
    countAll: async () => {},
    report: () =>
      answer('report', null, () => ({
        snapshot: snapshotOf(table.rows, table.takenAt),
        throughput: [],
        activity: table.audit,
        runStarts: table.runs,
      })),
    page: (request) => answer('page', request, () => page(request)),
    passing: async (filter, ids) =>
      page({ direction: 'older', from: null, filter, limit: Infinity }).flatMap(({ id }) =>
        ids.includes(id) ? [id] : [],
      ),
    exportPages: () => async () => null,
    detail: (id) => answer('detail', id, () => detailOf(table.rows, id, table.takenAt)),
    watchers: async () => table.others,
    // Its details have their texts whole.
    text: async () => null,
    lastActors: async () => lastActorsIn(table.audit, (key) => ownKeys.has(key)),
    actionsOn: async (id) => table.audit.filter(({ operationId }) => operationId === id),
    auditGaps: () => noGaps,
    activity: () => answer('activity', null, () => withLaterReasons(table.audit)),
    addReason: ({ operationId, from, to, reason }) =>
      answer('activity', reason, () => {
        const { user } = table.target;
        const own = {
          key: null,
          at: table.takenAt,
          databaseRole: user,
          osUser: 'ana',
          host: 'bastion',
          client: 'migtop',
        };
        const statuses = { operationId, fromStatus: from, toStatus: to };
        table.audit = [{ ...own, ...reasonNote, ...statuses, reason }, ...table.audit];
      }),
    async addReasons(all, reason) {
      for (const later of all) await table.addReason({ ...later, reason });
      return all.length;
    },
    tableCosts: async (tables) => ({
      open: table.rows.filter((row) => tables.includes(row.tableName) && isOpen(row.status)).length,
      references: [],
    }),
    async accept(failures, note, isAccepted) {
      const outcome = table.outcomes.shift();
      if (outcome instanceof Error) throw outcome;
      const applied = failures.filter(({ id, version }) =>
        table.rows.some((row) => row.id === id && row.status === 'failed' && row.version === version),
      );
      for (const { id, version } of applied)
        if (isAccepted) accepted.set(`${id} ${version}`, note);
        else accepted.delete(`${id} ${version}`);
      const gone = failures.filter(({ id }) => !table.rows.some((row) => row.id === id)).length;
      return {
        applied,
        changed: failures.length - applied.length - gone,
        gone,
        isLocal: table.target.audit === null,
      };
    },
    settle: async () => (table.gone === null ? table.settled.splice(0) : []),
    takeLosses: () => table.losses.splice(0),
    whyNoAnswer: async () => table.silence,
    quiesce: async ({ graceMs, limitMs }) => {
      table.quiesced.push(graceMs + limitMs);
    },
    async actMany(changes, intent, { onOutcomes, signal } = {}) {
      const done: RowOutcome[] = [];
      for (const change of changes) {
        const outcome: Outcome =
          signal?.aborted === true
            ? { kind: 'not sent', reason: 'stopped' }
            : await table.act(change.transition, { ...intent, seenVersion: change.seenVersion });
        done.push({ change, outcome });
        onOutcomes?.([{ change, outcome }]);
      }
      return done;
    },
    async rewriteMany(changes, intent, options = {}) {
      const done: RowOutcome[] = [];
      for (const change of changes) {
        const { id } = change.transition;
        const row = table.rows.find((one) => one.id === id);
        const { rewrite } = change;
        const isOther = rewrite?.kind === 'batch size' && row?.batchSize !== rewrite.from;
        const refusal: Outcome = {
          kind: 'refused',
          reason: `another session changed its batch size to ${row?.batchSize}`,
        };
        const moved = isOther ? refusal : await table.act(change.transition, intent);
        let outcome: Outcome = moved;
        if (moved.kind === 'applied' && row !== undefined) {
          const old = { workerId: row.workerId, startedAt: row.startedAt, errorMessage: row.errorMessage };
          const cleared = { workerId: null, startedAt: null, errorMessage: null };
          const columns =
            rewrite?.kind === 'batch size'
              ? { batchSize: rewrite.to }
              : rewrite?.before == null
                ? cleared
                : (JSON.parse(rewrite.before) as typeof old);
          table.rows = table.rows.map((one) => (one.id === id ? { ...one, ...columns } : one));
          if (rewrite?.kind === 'requeue') outcome = { ...moved, before: JSON.stringify(old) };
        }
        done.push({ change, outcome });
        options.onOutcomes?.([{ change, outcome }]);
      }
      return done;
    },
    async retryRefusals() {
      return new Map();
    },
    async completedBy() {
      return new Map();
    },
    async retryMany(changes, intent, options = {}) {
      const done: RowOutcome[] = [];
      for (const change of changes) {
        const { id } = change.transition;
        const row = table.rows.find((one) => one.id === id);
        const open = table.rows.find(({ operation }) => operation === `retry_batch_${id}`);
        let outcome: Outcome = { kind: 'gone' };
        if (open !== undefined) outcome = { kind: 'refused', reason: `already has attempt ${open.id}` };
        else if (row !== undefined) {
          const version = String(++versions);
          const added = { id: Math.max(...table.rows.map((one) => one.id)) + 1, version, identity: `retry ${id}` };
          const fields = { status: 'pending', recordsProcessed: 0, startedAt: null, completedAt: null } as const;
          const cleared = { errorMessage: null, workerId: null, operation: `retry_batch_${id}` };
          table.rows = [...table.rows, { ...row, ...added, ...fields, ...cleared }];
          outcome = { kind: 'applied', version, hadCompletedAt: false, at: table.takenAt, isUnconfirmed: false, added };
        }
        await answer('act', change.transition, () => intent);
        done.push({ change, outcome });
        options.onOutcomes?.([{ change, outcome }]);
      }
      return done;
    },
    act: (asked, intent) =>
      answer('act', asked, () => {
        const scripted = table.outcomes.shift();
        if (scripted instanceof Error) throw scripted;
        const outcome = scripted ?? move(asked);
        table.audit = [
          {
            key: keyOf(intent),
            at: table.takenAt,
            databaseRole: table.target.user,
            osUser: 'ana',
            host: 'bastion',
            client: 'migtop',
            action: intent.action,
            operationId: asked.id,
            fromStatus: asked.from,
            toStatus: asked.to,
            reason: intent.reason,
            outcome: outcome.kind,
          },
          ...table.audit,
        ];
        return outcome;
      }),
    async close() {
      table.closed++;
    },
  };
  return table;
}

export interface Watched {
  readonly monitor: Monitor;
  readonly state: () => MonitorState;
  /** The texts that the operator copied. */
  readonly copied: readonly Copied[];
  /** How often the operator left, and suspended. */
  readonly left: () => number;
  readonly suspended: () => number;
}

/** A monitor of a table. It does not poll before it is started, and the machine's clock is `Date.now`. */
export function monitorOf(
  table: ControlTable,
  given: Partial<{
    window: Window;
    readOnly: boolean;
    intervalSeconds: number;
    greeting: string;
    redact: boolean;
    until: Until | null;
    personal: Personal;
  }> = {},
): Watched {
  let [left, suspended] = [0, 0];
  const copied: Copied[] = [];
  const monitor = createMonitor({
    table,
    redact: given.redact ?? false,
    async onCopy(one) {
      copied.push(one);
      return { file: `~/.local/state/migtop/${one.fileName}`, problem: null, isCut: false };
    },
    readOnly: given.readOnly ?? false,
    intervalSeconds: given.intervalSeconds ?? 1,
    window: given.window ?? { columns: 80, rows: 24 },
    greeting: given.greeting ?? null,
    until: given.until ?? null,
    personal: given.personal,
    now: () => Date.now(),
    onQuit: () => left++,
    onSuspend: () => suspended++,
    onRedraw: () => {},
  });
  return { monitor, state: monitor.store.state, copied, left: () => left, suspended: () => suspended };
}

/** Opens a monitor of a table that polls five times a second, and resolves when it has polled. */
export async function startedMonitor(table: ControlTable): Promise<Monitor> {
  const { monitor } = monitorOf(table, { intervalSeconds: 0.2, window: { columns: 120, rows: 40 } });
  monitor.start();
  await untilState(monitor, ({ latest }) => latest !== null);
  return monitor;
}

/** Resolves once each monitor says these lines. */
export async function untilAllSay(
  monitors: readonly Monitor[],
  linesOf: (state: MonitorState) => readonly string[],
  lines: readonly string[],
): Promise<void> {
  await Promise.all(monitors.map((one) => untilState(one, (state) => linesOf(state).join('\n') === lines.join('\n'))));
}

/** Resolves once the state of a monitor is as it should be; it is looked at after each change. */
export async function untilState(monitor: Monitor, holds: (state: MonitorState) => boolean): Promise<void> {
  while (!holds(monitor.store.state())) {
    await new Promise<void>((resolve) => {
      const stop = monitor.store.subscribe(() => {
        stop();
        resolve();
      });
    });
  }
}
