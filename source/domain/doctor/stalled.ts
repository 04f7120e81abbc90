import type { Observation } from '../observation.ts';
import type { Operation } from '../operation.ts';
import { separated } from '../separated.ts';
import { stallsOf } from '../stalled-operations.ts';
import { blockedAdvice } from './blocked-advice.ts';
import { type Finding, mostRows, ofTables, roughly } from './finding.ts';
import { type RowUpdate, requeue, update } from './mending.ts';
import { workerOf } from './words.ts';

/** The running operations without progress. @param table the full name of the control table, quoted */
export function stalled(table: string, observation: Observation): readonly Finding[] {
  const { all } = stallsOf(observation);
  if (all.length === 0) return [];
  const suspected = all.filter(({ stall }) => stall.kind === 'suspected').map(({ operation }) => operation.id);
  const sure = all.length - suspected.length;
  // The worker of an operation that waits for a lock is alive.
  const requeued = all.slice(0, mostRows).filter(({ stall }) => stall.kind !== 'blocked');
  const ids = requeued.map(({ operation }) => operation.id);
  return [
    {
      check: 'stalled',
      severity: sure > 0 ? 'error' : 'warning',
      // The words of `status`.
      title: `running operations without progress: ${[
        ...(sure > 0 ? [`${separated(sure)} stalled`] : []),
        ...(suspected.length > 0 ? [`${separated(suspected.length)} perhaps stalled`] : []),
      ].join(', ')}`,
      ...ofTables(all.map(({ operation }) => operation.tableName)),
      rows: all.slice(0, mostRows).map(({ operation, stall }) => ({
        id: operation.id,
        text: `${operation.tableName}, ${workerOf(operation)}: ${reasonOf[stall.kind]}, for ${roughly(stall.seconds)}`,
      })),
      rowCount: all.length,
      sql:
        ids.length === 0
          ? null
          : requeuing(
              table,
              requeued.map(({ operation }) => operation),
            ),
      commands: ids.length === 0 ? [] : [`migtop takeover ${ids.join(' ')}`],
      advice: [
        ...blockedAdvice(observation, all),
        ...(suspected.length === 0 ? [] : [suspicionAdvice(suspected)]),
        ...(ids.length === 0 ? [] : [takeoverAdvice(ids)]),
      ].join('. '),
    },
  ];
}

function suspicionAdvice(ids: readonly number[]): string {
  return `It is not sure that ${named(ids)} ${ids.length === 1 ? 'has' : 'have'} stalled: doctor watches for a moment only, a monitor for longer`;
}

function takeoverAdvice(ids: readonly number[]): string {
  const gone = ids.length === 1 ? 'its worker is gone' : 'their workers are gone';
  return `Put ${named(ids)} back into the queue if ${gone}: the command checks that and records the action, the SQL does neither. records_processed stays as it is`;
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
  const { set, conditions } = requeue(table, [], ['running'], []);
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

function requeueOne(table: string, { id, recordsProcessed, workerId }: Operation): RowUpdate {
  const worker = workerId === null ? 'worker_id IS NULL' : `worker_id = ${workerId}`;
  return requeue(table, [id], ['running'], [`coalesce(records_processed, 0) = ${recordsProcessed ?? 0}`, worker]);
}

const reasonOf = {
  blocked: 'its session waits for a lock',
  'no session': 'its worker has no session',
  still: 'no progress',
  suspected: 'perhaps stalled: it takes much longer than usual',
} as const;
