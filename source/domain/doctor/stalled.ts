import type { AuditEntry } from '../audit.ts';
import type { Observation } from '../observation.ts';
import type { Operation } from '../operation.ts';
import { countedStallsOf } from '../paused-stalls.ts';
import { separated } from '../separated.ts';
import { judgeTakeOver, watchesSeconds } from '../takeover.ts';
import { blockedAdvice } from './blocked-advice.ts';
import { type Finding, mostRows, ofTables, roughly } from './finding.ts';
import { asOperator, type RowUpdate, requeue, update } from './mending.ts';
import { workerOf } from './words.ts';

/**
 * The running operations without progress, and the paused ones that had stalled before, as everywhere else.
 *
 * @param table the full name of the control table, quoted
 * @param activity the actions of operators, newest first
 */
export function stalled(table: string, observation: Observation, activity: readonly AuditEntry[]): readonly Finding[] {
  const { all } = countedStallsOf(observation);
  if (all.length === 0) return [];
  const suspected = all.filter(({ stall }) => stall.kind === 'suspected').map(({ operation }) => operation.id);
  const sure = all.length - suspected.length;
  const known = all
    .slice(0, mostRows)
    // The worker of an operation that waits for a lock is alive: the advice names what it waits for.
    .flatMap(({ operation, stall }) => (stall.kind === 'blocked' ? [] : [takeOverOf(observation, operation)]));
  const requeued = known.flatMap(({ by, operation }) => (by === null ? [] : [operation]));
  return [
    {
      check: 'stalled',
      severity: sure > 0 ? 'error' : 'warning',
      // The words of `status`.
      title: `operations without progress: ${[
        ...(sure > 0 ? [`${separated(sure)} stalled`] : []),
        ...(suspected.length > 0 ? [`${separated(suspected.length)} perhaps stalled`] : []),
      ].join(', ')}`,
      ...ofTables(all.map(({ operation }) => operation.tableName)),
      rows: all.slice(0, mostRows).map(({ operation, stall }) => ({
        id: operation.id,
        text: `${operation.tableName}, ${workerOf(operation)}: ${reasonOf[stall.kind]}, for ${roughly(stall.seconds)}${operation.status === 'paused' ? ', paused since' : ''}`,
      })),
      rowCount: all.length,
      sql: requeued.length === 0 ? null : guarded(requeuing(table, requeued), requeued),
      commands: ['migtop takeover', 'migtop takeover --unproven'].flatMap((command) => {
        const ids = idsOf(known.filter(({ by }) => by === command));
        return ids.length === 0 ? [] : [`${command} ${ids.join(' ')}`];
      }),
      advice: [
        ...blockedAdvice(observation, all, activity),
        ...(suspected.length === 0 ? [] : [suspicionAdvice(suspected)]),
        ...aliveAdvice(known),
        ...takeOverAdvice(known),
      ].join('. '),
    },
  ];
}

function suspicionAdvice(ids: readonly number[]): string {
  return `It is not sure that ${named(ids)} ${ids.length === 1 ? 'has' : 'have'} stalled: doctor watches for a moment only, a monitor for longer`;
}

/** An operation without progress, and the command that takes it over. */
interface KnownTakeOver {
  readonly operation: Operation;
  /** Null if none does, because its worker is alive. */
  readonly by: 'migtop takeover' | 'migtop takeover --unproven' | null;
  /** Why its worker is alive, or not proven dead; '' if it is dead. */
  readonly why: string;
}

function takeOverOf(observation: Observation, operation: Operation): KnownTakeOver {
  const known = judgeTakeOver(observation, operation);
  const why = 'why' in known ? known.why : '';
  if (known.kind === 'alive' || known.kind === 'wrong status') return { operation, by: null, why };
  // The command watches for some time whether the worker is dead.
  const isProven = known.kind === 'dead' || (known.provenInSeconds ?? Number.POSITIVE_INFINITY) <= watchesSeconds;
  return { operation, by: isProven ? 'migtop takeover' : 'migtop takeover --unproven', why };
}

const idsOf = (known: readonly KnownTakeOver[]): number[] => known.map(({ operation }) => operation.id);

/** For the operations that no command takes over: why. */
function aliveAdvice(known: readonly KnownTakeOver[]): readonly string[] {
  const alive = known.filter(({ by }) => by === null);
  return [...Map.groupBy(alive, ({ why }) => why)].map(
    ([why, some]) => `${named(idsOf(some))} cannot be taken over: ${why}`,
  );
}

function takeOverAdvice(known: readonly KnownTakeOver[]): readonly string[] {
  const taken = known.filter(({ by }) => by !== null);
  if (taken.length === 0) return [];
  const ids = idsOf(taken);
  const gone = ids.length === 1 ? 'its worker is gone' : 'their workers are gone';
  const unproven = taken.filter(({ by }) => by === 'migtop takeover --unproven');
  const which = unproven.length === 0 ? 'the command' : 'the command without --unproven';
  const checks =
    unproven.length === taken.length
      ? 'look first, because nothing proves it; the command records the action, the SQL does not'
      : `${which} checks that and records the action, the SQL does neither`;
  const reasons = [...Map.groupBy(unproven, ({ why }) => why)].map(([why, some]) => `${named(idsOf(some))}: ${why}`);
  return [
    `Put ${named(ids)} back into the queue if ${gone}: ${checks}. records_processed stays as it is`,
    ...(reasons.length === 0 ? [] : [`--unproven is necessary for ${reasons.join('; ')}`]),
  ];
}

/** How many ids a sentence names. */
const mostNamed = 5;

/** `2123`, or `2123, 2130 and 4 more`. */
function named(ids: readonly number[]): string {
  const more = ids.length - mostNamed;
  return `${ids.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${separated(more)} more` : ''}`;
}

/** The SQL that puts operations back into the queue, unless a worker has worked on them since. */
function requeuing(table: string, operations: readonly Operation[]): string {
  const known = operations.filter(({ workerId }) => workerId !== null);
  if (known.length < 2) return operations.map((one) => update(requeueOne(table, one))).join('\n');
  const { set, conditions } = requeue(table, [], [...new Set(known.map(({ status }) => status))], []);
  const rows = known.map(({ id, recordsProcessed, workerId }) => `(${id}, ${recordsProcessed ?? 0}, ${workerId})`);
  const all = [
    `UPDATE ${table}`,
    `SET ${set}`,
    `WHERE ${conditions.join(' AND ')}`,
    '  AND (id, coalesce(records_processed, 0), worker_id) IN (',
    `    ${rows.join(',\n    ')});`,
  ].join('\n');
  return [all, ...operations.filter((one) => !known.includes(one)).map((one) => update(requeueOne(table, one)))].join(
    '\n',
  );
}

/** The guard lets only an operator take an operation out of a pause. */
function guarded(sql: string, operations: readonly Operation[]): string {
  return operations.some(({ status }) => status === 'paused') ? asOperator(sql) : sql;
}

function requeueOne(table: string, { id, status, recordsProcessed, workerId }: Operation): RowUpdate {
  const worker = workerId === null ? 'worker_id IS NULL' : `worker_id = ${workerId}`;
  return requeue(table, [id], [status], [`coalesce(records_processed, 0) = ${recordsProcessed ?? 0}`, worker]);
}

const reasonOf = {
  blocked: 'its session waits for a lock',
  'no session': 'its worker has no session',
  still: 'no progress',
  suspected: 'perhaps stalled: it takes much longer than usual',
} as const;
