import type { Backend } from './backend.ts';
import type { Memo } from './memo.ts';
import { isLive, knownOf, type Operation, operationKey } from './operation.ts';
import { parseSessionName } from './session-name.ts';
import { type SessionsOf, sessionsIn } from './sessions.ts';
import type { Snapshot } from './snapshot.ts';
import { isInteractive, workerNumber } from './worker-name.ts';

/** How the session of an operation's worker was found. */
export type FoundBy =
  /** `migtop/worker` named it: by worker and operation. */
  | 'name'
  /** Its `application_name` has the number of the worker (`workerNumber`), and the worker runs only this operation. */
  | 'application_name'
  /** Its query has the operation's own query or id; or it waits for a lock, and only this operation works on the table of its query. */
  | 'query'
  /** It is from the address of a session that names this worker, and no other worker is seen there. */
  | 'client_addr';

/** A session that an operation's worker waits for. */
export interface Blocker extends Omit<Backend, 'blockedBy'> {
  /** Whether the worker's session waits for it, not for a session that waits for it. */
  readonly isDirect: boolean;
  /** Whether it waits for no other session itself: it is the one that has to end. */
  readonly isFirst: boolean;
  /** The operation of the worker whose session this is; null if it is another program's, or not known. */
  readonly operation: { readonly id: number; readonly workerId: number | null } | null;
}

/** Why an operation stands still, as the server's sessions show it. */
export interface StandingStill {
  /** The session of its worker: the one that waits for a lock, if there are several. */
  readonly session: Omit<Backend, 'blockedBy'> | null;
  readonly foundBy: FoundBy | null;
  /** The sessions that it waits for: those first that wait for no other. */
  readonly waitsFor: readonly Blocker[];
}

const nothing: StandingStill = { session: null, foundBy: null, waitsFor: [] };

/** A session's statement counts as running after this many seconds: a waiting worker reads its row in shorter ones. */
const runningStatementSeconds = 1;

/** Whether a session waits for a lock or runs a statement. */
function isAtWork(session: Pick<Backend, 'state' | 'stateSeconds' | 'blockedBy'>): boolean {
  return isBlocked(session) || (session.state === 'active' && (session.stateSeconds ?? 0) >= runningStatementSeconds);
}

interface Seen {
  readonly snapshot: Snapshot;
  readonly memo: Memo;
}

/** The paused operation whose worker a session belongs to; null if there is none. */
export function pausedOwner({ snapshot, memo }: Seen, pid: number): Operation | null {
  const owner = memo(judge, snapshot).ownerOf(pid);
  return owner?.status === 'paused' ? owner : null;
}

/** Computed once for each snapshot. Of a paused operation only a session that still waits for a lock or runs a statement. */
export function standingStillOf({ snapshot, memo }: Seen, operation: Operation): StandingStill {
  return memo(judge, snapshot).of(operation);
}

interface Found {
  readonly operation: Operation;
  readonly backends: readonly Backend[];
  readonly foundBy: FoundBy;
}

interface Judged {
  of(operation: Operation): StandingStill;
  ownerOf(pid: number): Operation | undefined;
}

function judge(snapshot: Snapshot, memo: Memo): Judged {
  const backends = new Map((snapshot.backends?.all ?? []).map((one) => [one.pid, one]));
  const sessionsFor = memo(sessionsIn, snapshot);
  const running = findAll(snapshot, backends, sessionsFor);
  const paused = findPaused(snapshot, backends, sessionsFor, running);
  const all = [...running, ...paused.atWork];
  // The worker of a paused operation may wait for the resume in a transaction, and hold its locks.
  const owners = new Map(
    [...paused.all, ...all].flatMap(({ operation, backends: own }) => own.map(({ pid }) => [pid, operation] as const)),
  );
  const byKey = Map.groupBy(all, ({ operation }) => operationKey(operation));
  return {
    ownerOf: (pid) => owners.get(pid),
    of: (operation) => {
      const one = knownOf(byKey.get(operationKey(operation)) ?? [], operation);
      const session = one?.backends.find(isBlocked) ?? one?.backends[0];
      if (one === undefined || session === undefined) return nothing;
      return {
        session: withoutBlockers(session),
        foundBy: one.foundBy,
        waitsFor: blockersOf(session, backends, owners),
      };
    },
  };
}

function isBlocked({ blockedBy }: Pick<Backend, 'blockedBy'>): boolean {
  return blockedBy.length > 0;
}

/** The sessions of each running operation, by the rules of `FoundBy` in their order. */
function findAll(
  snapshot: Snapshot,
  backends: ReadonlyMap<number, Backend>,
  sessionsFor: SessionsOf,
): readonly Found[] {
  const running = snapshot.operations.filter(({ status }) => status === 'running');
  const named = namedSessions(sessionsFor, running, backends);
  const taken = new Set(named.flatMap(({ backends: own }) => own.map(({ pid }) => pid)));
  const others = [...backends.values()].filter(
    ({ pid, application }) => !taken.has(pid) && parseSessionName(application ?? '') === null,
  );
  const numbered = byNumber(running, others);
  const byName = merged(named, numbered);
  const rest = others.filter(
    ({ pid, application }) =>
      !isInteractive(application ?? '') && !numbered.some((one) => one.backends.some((own) => own.pid === pid)),
  );
  const queried = byQuery(running, rest);
  const left = rest.filter(({ pid }) => !queried.some((one) => one.backends.some((own) => own.pid === pid)));
  return merged(merged(byName, queried), byAddress(byName, left));
}

/** The sessions of paused operations, and those that are still at work; a session of a running operation is not one of them. */
function findPaused(
  { operations }: Snapshot,
  backends: ReadonlyMap<number, Backend>,
  sessionsFor: SessionsOf,
  running: readonly Found[],
): { readonly all: readonly Found[]; readonly atWork: readonly Found[] } {
  const live = operations.filter(({ status }) => isLive(status));
  const paused = live.filter(({ status }) => status === 'paused');
  if (paused.length === 0) return { all: [], atWork: [] };
  const named = namedSessions(sessionsFor, paused, backends);
  const taken = new Set([...running, ...named].flatMap(({ backends: own }) => own.map(({ pid }) => pid)));
  const rest = [...backends.values()].filter(
    ({ pid, application }) =>
      !taken.has(pid) && parseSessionName(application ?? '') === null && !isInteractive(application ?? ''),
  );
  // A session may be of any live operation: it is of a paused one only if no running one fits too.
  const others = [...byNumber(live, rest), ...byQuery(live, rest)].filter(
    ({ operation }) => operation.status === 'paused',
  );
  const atWork = (found: readonly Found[]): readonly Found[] =>
    found
      .map((one) => ({ ...one, backends: one.backends.filter(isAtWork) }))
      .filter(({ backends: own }) => own.length > 0);
  return {
    all: [...others, ...named],
    atWork: merged(atWork(named), atWork(others).filter(firstOfOperation)),
  };
}

function firstOfOperation({ operation }: Found, index: number, all: readonly Found[]): boolean {
  return all.findIndex((one) => one.operation === operation) === index;
}

/** Adds the sessions of operations that have none yet, or none that waits for a lock. */
function merged(known: readonly Found[], more: readonly Found[]): readonly Found[] {
  const wanted = more.filter(({ operation, backends }) => {
    const before = known.find((one) => one.operation === operation);
    return before === undefined || (!before.backends.some(isBlocked) && backends.some(isBlocked));
  });
  return [...known.filter((one) => !wanted.some(({ operation }) => operation === one.operation)), ...wanted];
}

function namedSessions(
  sessionsFor: SessionsOf,
  running: readonly Operation[],
  backends: ReadonlyMap<number, Backend>,
): readonly Found[] {
  return running.flatMap((operation): Found[] => {
    const sessions = sessionsFor(operation) ?? [];
    const own = sessions.map(({ pid, blockedBy }): Backend => ({ ...unseen(pid), ...backends.get(pid), blockedBy }));
    return own.length === 0 ? [] : [{ operation, backends: own, foundBy: 'name' }];
  });
}

/** A worker that runs several operations may use each of its sessions for any of them. */
function byNumber(running: readonly Operation[], backends: readonly Backend[]): readonly Found[] {
  const operations = Map.groupBy(running, ({ workerId }) => workerId);
  const sessions = Map.groupBy(backends, ({ application }) => workerNumber(application ?? ''));
  return [...sessions].flatMap(([number, own]): Found[] => {
    const [operation, second] = number === null ? [] : (operations.get(number) ?? []);
    if (operation === undefined || second !== undefined) return [];
    return [{ operation, backends: own, foundBy: 'application_name' }];
  });
}

function byQuery(running: readonly Operation[], backends: readonly Backend[]): readonly Found[] {
  const asking = backends.filter(({ state, query }) => query !== null && state !== 'idle');
  const sources = asking.length === 0 ? [] : running.map(({ sourceQuery }) => sourceOf(sourceQuery));
  const matches = asking.flatMap((backend) => {
    const query = backend.query ?? '';
    const writesRow = /\brecords_processed\b/i.test(query);
    const own = running.filter(({ id }, index) => {
      const source = sources[index] ?? null;
      return (source !== null && query.includes(source)) || (writesRow && isAbout(id, query));
    });
    const [first, second] =
      own.length > 0 || !isBlocked(backend) ? own : running.filter(({ tableName }) => worksOn(tableName, query));
    return first === undefined || second !== undefined ? [] : [{ operation: first, backend }];
  });
  return [...Map.groupBy(matches, ({ operation }) => operation)].flatMap(([operation, own]): Found[] =>
    // Several sessions that work on the table are of several programs.
    own.length === 1 ? [{ operation, backends: own.map(({ backend }) => backend), foundBy: 'query' }] : [],
  );
}

/** The minimum length of a query that is searched for: shorter ones may be part of any other. */
const shortestQuery = 20;

/** An operation's own query as a session shows it; null if it is too short. */
function sourceOf(sourceQuery: string | null): string | null {
  const source = sourceQuery?.replace(/\s+/g, ' ').trim() ?? '';
  return source.length >= shortestQuery ? source : null;
}

/** Whether a session's query names this row. */
function isAbout(id: number, query: string): boolean {
  return new RegExp(`\\bid\\s*=\\s*'?${id}\\b`, 'i').test(query);
}

/** Whether a query reads or changes the rows of a table, as workers do: not its definition, and it does not lock it. */
function worksOn(tableName: string, query: string): boolean {
  if (!/^[\w.]+$/.test(tableName)) return false;
  const name = tableName.replaceAll('.', '\\.');
  const place = `\\b(into|update|from|join|using|copy)\\s+(only\\s+)?("?\\w+"?\\.)?"?${name}"?(?![\\w.])`;
  return /^\s*(with|select|insert|update|delete|merge|copy)\b/i.test(query) && new RegExp(place, 'i').test(query);
}

/** An address at which only one worker is seen; behind a pooler, all workers are at one address. */
function byAddress(known: readonly Found[], backends: readonly Backend[]): readonly Found[] {
  const homes = new Map<string, Set<Found>>();
  for (const one of known)
    for (const { client } of one.backends)
      if (client !== null) homes.set(client, (homes.get(client) ?? new Set()).add(one));
  const matches = backends.flatMap((backend) => {
    const [home, second] = [...(homes.get(backend.client ?? '') ?? [])];
    if (home === undefined || second !== undefined || !isBlocked(backend)) return [];
    return [{ operation: home.operation, backend }];
  });
  return [...Map.groupBy(matches, ({ operation }) => operation)].map(([operation, own]) => ({
    operation,
    backends: own.map(({ backend }) => backend),
    foundBy: 'client_addr' as const,
  }));
}

/** The sessions for which a session waits, and those for which they wait. */
function blockersOf(
  session: Backend,
  backends: ReadonlyMap<number, Backend>,
  owners: ReadonlyMap<number, Operation>,
): readonly Blocker[] {
  const seen = new Set([session.pid]);
  const blockers: Blocker[] = [];
  for (let pids = session.blockedBy; pids.length > 0; ) {
    const fresh = [...new Set(pids)].filter((pid) => !seen.has(pid));
    const next = fresh.map((pid) => backends.get(pid) ?? unseen(pid));
    for (const one of next) {
      seen.add(one.pid);
      const owner = owners.get(one.pid);
      blockers.push({
        ...withoutBlockers(one),
        isDirect: session.blockedBy.includes(one.pid),
        isFirst: one.blockedBy.length === 0,
        operation: owner === undefined ? null : { id: owner.id, workerId: owner.workerId },
      });
    }
    pids = next.flatMap(({ blockedBy }) => blockedBy);
  }
  const age = ({ transactionSeconds }: Blocker): number => transactionSeconds ?? 0;
  return blockers.toSorted((a, b) => Number(b.isFirst) - Number(a.isFirst) || age(b) - age(a) || a.pid - b.pid);
}

function withoutBlockers({ blockedBy: _, ...backend }: Backend): Omit<Backend, 'blockedBy'> {
  return backend;
}

/** A session of which only the process id is known: of another database, or of a prepared transaction. */
function unseen(pid: number): Backend {
  return {
    pid,
    user: null,
    application: null,
    client: null,
    state: null,
    wait: null,
    transactionSeconds: null,
    stateSeconds: null,
    query: null,
    blockedBy: [],
  };
}
