import type { Intent } from '../domain/audit.ts';
import type { Change, RowOutcome } from '../domain/batch-actions.ts';
import type { CheckpointRow } from '../domain/checkpoint-rows.ts';
import { readMark } from '../domain/mark.ts';
import { planRetry, type RetryPlan } from '../domain/retry.ts';
import type { Outcome } from '../domain/transitions.ts';
import { visibleName } from '../domain/visible-name.ts';
import { type ActContext, whatIsLeft } from './act.ts';
import type { Chunk, ChunkWriter } from './act-chunk.ts';
import { actOnChunk, inChunks, type ManyOptions } from './act-many.ts';
import { auditValues, chunkValues } from './chunk-statements.ts';
import { messageOf } from './database-error.ts';
import { decodeOperation } from './decode.ts';
import type { Statement } from './literals.ts';
import { outcomeOf } from './outcome.ts';
import { query } from './query.ts';
import { readTagged } from './tagged-rows.ts';

/** How many operations one message retries. Their possible attempts are read before it. */
const chunkRows = 100;

/**
 * How many rows of one source query are read, and of retries and marked rows. A query that more rows share does not tell
 * works apart.
 */
const mostCandidates = 2000;

/** How far below the highest id that was read a row may still be committed. */
const lateIds = 1000;

const readSeconds = 5;

/** What is known of the attempts of the operations of one chunk. */
interface Known {
  readonly marks: ReadonlyMap<number, string | null>;
  /** Whether a row with the same source query is an attempt of the same work. */
  readonly byQuery: boolean;
  /** The rows that were read: none of them is in the way. */
  readonly ids: readonly number[];
  readonly above: number;
}

/**
 * Retries failed or skipped operations by new pending ones, in chunks (`inChunks`). An operation of which another attempt is
 * open, or was completed later, is refused. Resolves as `actMany` does; an applied outcome has the new operation (`added`).
 *
 * @throws {DatabaseError} if the local audit cannot be written before the first chunk, or the attempts cannot be read
 */
export async function retryMany(
  context: ActContext,
  changes: readonly Change[],
  intent: Intent,
  options: ManyOptions = {},
): Promise<readonly RowOutcome[]> {
  return inChunks(context, changes, { ...options, chunkRows }, (chunk) => retryChunk(context, chunk, intent));
}

/** Retries one chunk. If it has several operations of one work, the others are asked for when the first one was retried. */
async function retryChunk(
  context: ActContext,
  chunk: readonly Change[],
  intent: Intent,
): Promise<readonly RowOutcome[]> {
  const ids = chunk.map(({ transition }) => transition.id);
  const rows = await readCandidates(context, ids);
  const plans = new Map(ids.map((id) => [id, planRetry(rows.attempts, id)]));
  const firsts = firstOfWorks(plans);
  const marks = new Map(
    [...plans].flatMap(([id, plan]) =>
      plan.kind === 'possible' && firsts.get(id) === undefined ? [[id, plan.mark] as const] : [],
    ),
  );
  const known = { marks, byQuery: rows.byQuery, ids: rows.attempts.map(({ id }) => id), above: rows.above };
  const possible = chunk.filter(({ transition: { id } }) => marks.has(id));
  const sent = possible.length === 0 ? [] : await actOnChunk(context, possible, intent, retryWriter(known));
  const later = chunk.filter(({ transition: { id } }) => firsts.get(id) !== undefined);
  const rest = later.length === 0 ? [] : await afterwards(context, later, intent, sent);
  const outcomes = new Map([...sent, ...rest].map(({ change, outcome }) => [change, outcome]));
  return chunk.map((change): RowOutcome => {
    const sentOutcome = outcomes.get(change);
    if (sentOutcome !== undefined) return { change, outcome: sentOutcome };
    const plan = plans.get(change.transition.id);
    if (plan === undefined || plan.kind === 'gone' || plan.kind === 'possible')
      return { change, outcome: { kind: 'gone' } };
    return { change, outcome: { kind: 'refused', reason: inTheWay(plan.kind, plan.by) } };
  });
}

/** Retries the other operations of the works of a chunk. What was sent before them is reported whatever happens. */
async function afterwards(
  context: ActContext,
  later: readonly Change[],
  intent: Intent,
  sent: readonly RowOutcome[],
): Promise<readonly RowOutcome[]> {
  const unsent = (reason: string): readonly RowOutcome[] =>
    later.map((change) => ({ change, outcome: { kind: 'unsent', reason } }));
  if (sent.some(({ outcome }) => outcome.kind === 'unknown' || outcome.kind === 'unsent'))
    return unsent('not connected');
  try {
    return await retryChunk(context, later, intent);
  } catch (error) {
    return unsent(messageOf(error));
  }
}

/** For each operation that has to wait for another one of the same work: that one, which is retried first. */
function firstOfWorks(plans: ReadonlyMap<number, RetryPlan>): ReadonlyMap<number, number> {
  const firsts = new Map<number, number>();
  const firstOf = new Map<number, number>();
  for (const [id, plan] of plans) {
    if (plan.kind !== 'possible') continue;
    const first = plan.attempts.map((attempt) => firstOf.get(attempt)).find((found) => found !== undefined);
    if (first !== undefined) firsts.set(id, first);
    else for (const attempt of plan.attempts) firstOf.set(attempt, id);
  }
  return firsts;
}

/**
 * Why `retryMany` would refuse these operations, by their ids, as far as reads show it: nothing is changed.
 *
 * @throws {DatabaseError} if the attempts cannot be read
 */
export async function retryRefusals(
  context: Pick<ActContext, 'connection' | 'target'>,
  changes: readonly Change[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<number, string>> {
  const refusals = new Map<number, string>();
  for (let first = 0; first < changes.length && signal?.aborted !== true; first += chunkRows) {
    const chunk = changes.slice(first, first + chunkRows);
    const ids = chunk.map(({ transition }) => transition.id);
    const { attempts } = await readCandidates(context, ids);
    const plans = new Map(ids.map((id) => [id, planRetry(attempts, id)]));
    for (const [id, plan] of plans)
      if (plan.kind === 'open' || plan.kind === 'done') refusals.set(id, inTheWay(plan.kind, plan.by));
    for (const [id, first] of firstOfWorks(plans)) refusals.set(id, `is the same work as operation ${first}`);
  }
  return refusals;
}

/** Why a retry is refused. */
function inTheWay(kind: 'open' | 'done', by: number): string {
  return kind === 'open' ? `already has attempt ${by}` : `already completed by operation ${by}`;
}

/** Reads the rows that may be attempts of the same work as these operations. */
export async function readCandidates(
  { connection, target }: Pick<ActContext, 'connection' | 'target'>,
  ids: readonly number[],
) {
  const values = { ids, limit: mostCandidates };
  const read = { ...query('retry-candidates', target, values), seconds: readSeconds };
  const [found = []] = await readTagged(connection, target, [read]);
  const rows = found.flatMap(({ body }) => {
    const decoded = decodeOperation(body, 'full');
    if (decoded.kind !== 'ok') return [];
    const by = (body as { by?: unknown }).by;
    const row: CheckpointRow & { readonly by: unknown } = {
      ...decoded.value,
      mark: readMark(decoded.value.validationQuery).mark,
      by,
    };
    return [row];
  });
  const byQuery = rows.filter(({ by }) => by === 'query').length < mostCandidates;
  return {
    attempts: byQuery ? rows : rows.filter(({ by }) => by !== 'query'),
    byQuery,
    above: rows.reduce((most, { id }) => Math.max(most, id), 0) - lateIds,
  };
}

/** The privilege that this role lacks to add operations; null if it lacks none. */
export async function whyNoInsert({
  connection,
  target,
}: Pick<ActContext, 'connection' | 'target'>): Promise<string | null> {
  const { text, values = [] } = query('may-insert', target, { tableOid: target.identity.tableOid });
  const [row] = await connection.read(text, values);
  if (row?.may_insert !== true) return 'no INSERT privilege';
  return row.sequence === null ? null : `no USAGE privilege on the sequence ${visibleName(String(row.sequence))}`;
}

function retryWriter(known: Known): ChunkWriter {
  return {
    statements: (context, chunk, validUntil) => statements(context, chunk, validUntil, known),
    rows: ([, , rows = []]) => rows,
    outcome(row, { transition }, isUnconfirmed): Outcome {
      if (row?.outcome === 'applied')
        return {
          kind: 'applied',
          version: String(row.new_version),
          hadCompletedAt: false,
          at: Number(row.at),
          isUnconfirmed,
          added: { id: Number(row.new_id), version: String(row.new_version), identity: String(row.new_identity) },
        };
      if (row?.outcome === 'refused') return { kind: 'refused', reason: `already has attempt ${Number(row.rival)}` };
      if (row?.outcome === 'kept') return { kind: 'refused', reason: 'a trigger on the table drops the new operation' };
      if (row?.outcome === 'locked') return { kind: 'locked', pid: null, application: null };
      return outcomeOf(row, transition, isUnconfirmed);
    },
    dropped: () => new Map(),
    refusalOfAll: (context) => whyNoInsert(context),
  };
}

function statements(context: ActContext, chunk: Chunk, validUntil: number | null, known: Known): readonly Statement[] {
  const { target } = context;
  const chosen = chunkValues(context, chunk, validUntil);
  const values = {
    ...chosen,
    marks: chosen.ids.map((id) => known.marks.get(id) ?? null),
    byQueries: chosen.ids.map(() => known.byQuery),
    known: known.ids,
    above: known.above,
  };
  const change =
    target.audit === null
      ? query('retries', target, values)
      : query('retries-audited', target, { ...values, ...auditValues(context, chunk) });
  return [
    query('retry-locks', target, values),
    whatIsLeft,
    change,
    whatIsLeft,
    query('sent', target, {}),
    { text: 'SET CONSTRAINTS ALL IMMEDIATE' },
  ];
}
