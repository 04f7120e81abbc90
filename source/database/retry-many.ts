import type { Intent } from '../domain/audit.ts';
import type { Change, RowOutcome } from '../domain/bulk-actions.ts';
import { cleanLine } from '../domain/clean-text.ts';
import { quoteName } from '../domain/quote-name.ts';
import type { RetryPlan } from '../domain/retry.ts';
import type { Outcome } from '../domain/transitions.ts';
import { visibleName } from '../domain/visible-name.ts';
import { type ActContext, checkedChange, whatIsLeft } from './act.ts';
import { type Chunk, type ChunkWriter, lockTimeoutMs } from './act-chunk.ts';
import { actOnChunk, inChunks, type ManyOptions } from './act-many.ts';
import { lockTimeout } from './bounds.ts';
import { auditValues, chunkValues } from './chunk-statements.ts';
import { messageOf } from './database-error.ts';
import type { Statement } from './literals.ts';
import { decodeOutcome, keptBy } from './outcome.ts';
import { query } from './query.ts';
import { plansInOrder, type RetryPlans, readPlans } from './retry-attempts.ts';

/** How many operations one message retries. */
const chunkRows = 100;

/** How long a message waits while other sessions retry operations of the same tables, one after the other. */
const turnMs = 4000;

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
  const plansOf = plansInOrder(
    context,
    changes.map(({ transition }) => transition.id),
  );
  return inChunks(context, changes, { ...options, chunkRows }, async (chunk) =>
    retryChunk(context, chunk, intent, await plansOf(idsOf(chunk)), options.signal),
  );
}

/** Retries one chunk. If it has several operations of one work, the others are asked for when the first one was retried. */
async function retryChunk(
  context: ActContext,
  chunk: readonly Change[],
  intent: Intent,
  known: RetryPlans,
  signal: AbortSignal | undefined,
): Promise<readonly RowOutcome[]> {
  const { plans, firsts } = known;
  const isFirst = ({ transition: { id } }: Change): boolean => plans.get(id)?.kind === 'possible' && !firsts.has(id);
  const possible = chunk.filter(isFirst);
  const sent = possible.length === 0 ? [] : await actOnChunk(context, possible, intent, retryWriter(known), signal);
  const later = chunk.filter(({ transition: { id } }) => firsts.has(id));
  const rest = later.length === 0 ? [] : await afterwards(context, later, intent, sent, signal);
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

function idsOf(changes: readonly Change[]): number[] {
  return changes.map(({ transition }) => transition.id);
}

/**
 * Retries the other operations of the works of a chunk. The results of those sent before them are reported even if these fail.
 */
async function afterwards(
  context: ActContext,
  later: readonly Change[],
  intent: Intent,
  sent: readonly RowOutcome[],
  signal: AbortSignal | undefined,
): Promise<readonly RowOutcome[]> {
  const unsent = (reason: string): readonly RowOutcome[] =>
    later.map((change) => ({ change, outcome: { kind: 'not sent', reason } }));
  if (signal?.aborted === true) return unsent('stopped');
  if (sent.some(({ outcome }) => outcome.kind === 'unknown' || outcome.kind === 'not sent'))
    return unsent('not connected');
  try {
    return await retryChunk(context, later, intent, await readPlans(context, idsOf(later)), signal);
  } catch (error) {
    return unsent(messageOf(error));
  }
}

/**
 * Why `retryMany` would refuse these operations, by their ids, as far as reads show it: nothing is changed. Of several operations of one
 * work it leaves the one with the lowest id, in whatever order they are given.
 *
 * @throws {DatabaseError} if the attempts cannot be read
 */
export async function retryRefusals(
  context: Pick<ActContext, 'connection' | 'target'>,
  changes: readonly Change[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<number, string>> {
  const refusals = new Map<number, string>();
  const ids = idsOf(changes).toSorted((one, other) => one - other);
  const plansOf = plansInOrder(context, ids);
  for (let first = 0; first < ids.length && signal?.aborted !== true; first += chunkRows) {
    const chunk = ids.slice(first, first + chunkRows);
    const { plans, firsts } = await plansOf(chunk);
    for (const id of chunk) {
      const plan = plans.get(id);
      const before = firsts.get(id);
      if (plan?.kind === 'open' || plan?.kind === 'done') refusals.set(id, inTheWay(plan.kind, plan.by));
      if (before !== undefined) refusals.set(id, `is the same work as operation ${before}`);
    }
  }
  return refusals;
}

/** Why a retry is refused. */
function inTheWay(kind: 'open' | 'done', by: number): string {
  return kind === 'open' ? `already has attempt ${by}` : `already completed by operation ${by}`;
}

/** The privilege that this role lacks to add operations; null if it lacks none. */
export async function whyNoInsert({
  connection,
  target,
}: Pick<ActContext, 'connection' | 'target'>): Promise<string | null> {
  const { text, values = [] } = query('may-insert', target, { tableOid: target.identity.tableOid });
  const [row] = await connection.read(text, values);
  const role = quoteName(target.user);
  if (row?.may_insert !== true)
    return `no INSERT privilege. Ask the owner for: GRANT INSERT ON ${target.table} TO ${role}`;
  if (row.sequence === null) return null;
  const sequence = visibleName(String(row.sequence));
  return `no USAGE privilege on the sequence ${sequence}. Ask the owner for: GRANT USAGE ON SEQUENCE ${sequence} TO ${role}`;
}

function retryWriter(known: RetryPlans): ChunkWriter {
  return {
    statements: (context, chunk, validUntil) => statements(context, chunk, validUntil, known),
    turn: { timeoutMs: turnMs, refusal: 'another session is adding operations to its table. Try again' },
    rows: ([, , , rows = []]) => rows,
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
      return decodeOutcome(row, transition, isUnconfirmed);
    },
    dropped: (results) =>
      new Map(
        (results[7] ?? []).flatMap((row) => (row.number === null ? [] : [[Number(row.number) - 1, row] as const])),
      ),
    kept(row, { transition }) {
      if (row.of_new !== true) return keptBy(row, transition);
      const effect =
        row.status === null ? 'deletes the new operation' : `makes the new operation ${cleanLine(String(row.status))}`;
      return { kind: 'refused', reason: `a trigger on the table ${effect}` };
    },
    refusalOfAll: (context) => whyNoInsert(context),
  };
}

function statements(
  context: ActContext,
  chunk: Chunk,
  validUntil: number | null,
  known: RetryPlans,
): readonly Statement[] {
  const { target } = context;
  const chosen = chunkValues(context, chunk, validUntil);
  const plans = chosen.ids.map((id) => known.plans.get(id));
  const attempts = plans.flatMap((plan, index) =>
    plan?.kind === 'possible' ? attemptsBeside(plan, chosen.ids[index]) : [],
  );
  const values = {
    ...chosen,
    marks: plans.map((plan) => (plan?.kind === 'possible' ? plan.mark : null)),
    links: chosen.ids.map(known.linkOf),
    known: known.known,
    above: known.above,
    repeated: attempts.map(({ of }) => of),
    attempts: attempts.map(({ id }) => id),
  };
  const change =
    target.audit === null
      ? query('retries', target, values)
      : query('retries-audited', target, { ...values, ...auditValues(context, chunk) });
  return [
    query('retry-locks', target, values),
    lockTimeout(lockTimeoutMs),
    whatIsLeft,
    ...checkedChange(target, change, query('after-retries', target, values)),
  ];
}

/** The other attempts of an operation's work, each beside it. */
function attemptsBeside(plan: Extract<RetryPlan, { kind: 'possible' }>, of: number | undefined) {
  return [...plan.attempts, ...plan.retries].flatMap((id) => (of === undefined || id === of ? [] : [{ of, id }]));
}
