import { failing, type PlannedBatch, retried } from './batch.ts';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';
import { speedAt } from './speed.ts';
import { failureMessages } from './stories.ts';
import { brackets, relationships, tables, workerIds } from './tables.ts';

/** A row of the table when the demo starts. Times are seconds before the start. */
export interface HistoryRow {
  readonly phase: string;
  readonly table_name: string;
  readonly operation: string;
  readonly status: string;
  readonly records_processed: number | null;
  readonly total_records: number | null;
  readonly started_ago: number | null;
  readonly completed_ago: number | null;
  readonly error_message: string | null;
  readonly batch_size: number | null;
  readonly worker_id: number | null;
  readonly source_query: string | null;
  readonly validation_query: string | null;
}

/** The batch that a worker is doing when the demo starts. */
export interface Underway {
  readonly workerId: number;
  readonly batch: PlannedBatch;
  /** How many of its records are done. */
  readonly migrated: number;
}

export interface History {
  readonly rows: readonly HistoryRow[];
  readonly underway: readonly Underway[];
  /** The batches of the plan's queue that have not started. */
  readonly queue: readonly PlannedBatch[];
}

const executionBeganAgo = 67 * 60;
const preparedInSeconds = 5 * 60;

/** When the workers of the two stories start them, in seconds before the demo starts. */
const storyBeganAgo: ReadonlyMap<number, { story: 'brackets' | 'relationships'; ago: number }> = new Map([
  [1, { story: 'brackets', ago: 9 }],
  [2, { story: 'relationships', ago: 195 }],
]);

/** Which of the batches fail, counted in the order in which they start. All but one (`left`) are retried. */
const oldFailures: ReadonlyMap<number, { message: keyof typeof failureMessages; left?: true }> = new Map([
  [41, { message: 'deadlock' }],
  [118, { message: 'connectionReset' }],
  [119, { message: 'connectionReset' }],
  [203, { message: 'deadlock' }],
  [247, { message: 'outOfRange', left: true }],
  [290, { message: 'deadlock' }],
]);

/** Computes the rows that six workers would have written in the last hour of the plan. */
export function createHistory(plan: Plan, random: Random): History {
  const queue = [...plan.queue];
  const rows: HistoryRow[] = preparation(random);
  const underway: Underway[] = [];
  const free = new Map<number, number>(workerIds.map((id) => [id, -executionBeganAgo + random() * 40]));
  const ended = new Map<string, number>();
  let taken = 0;

  function run(batch: PlannedBatch, workerId: number, startedAt: number): number {
    const speed = batch.recordsPerSecond * speedAt(startedAt) * (0.85 + 0.3 * random());
    const records = batch.failure?.atRecord ?? batch.records;
    const endedAt = startedAt + records / speed;
    if (endedAt >= 0) {
      const migrated = Math.floor(-startedAt * speed);
      underway.push({ workerId, batch, migrated });
      rows.push(row(batch, 'running', workerId, startedAt, null, migrated));
      return endedAt;
    }
    rows.push(row(batch, batch.failure ? 'failed' : 'completed', workerId, startedAt, endedAt, records));
    ended.set(batch.table, Math.max(ended.get(batch.table) ?? endedAt, endedAt));
    if (batch.repair === undefined) return endedAt + 0.4 + 2 * random();
    return run(batch.repair.batch, workerId, endedAt + batch.repair.afterSeconds);
  }

  for (;;) {
    const [workerId, startsAt] = [...free].reduce((first, one) => (one[1] < first[1] ? one : first));
    const own = storyBeganAgo.get(workerId);
    const next = queue[0];
    if (startsAt >= 0 || next === undefined) break;
    // A worker does not start a batch that might not end before its story starts.
    if (own && startsAt + next.records / (next.recordsPerSecond * speedAt(startsAt) * 0.85) > -own.ago) {
      free.set(workerId, run(plan[own.story], workerId, -own.ago));
      continue;
    }
    queue.shift();
    taken += 1;
    free.set(workerId, run(withPastFailure(next, taken, random), workerId, startsAt));
  }

  const open = new Set([...queue, ...underway.map((one) => one.batch)].map((batch) => batch.table));
  const unresolved = new Set(rows.filter(isLeftFailed).map((one) => one.table_name));
  for (const validation of plan.validations) {
    const endedAt = ended.get(validation.table);
    // `cases` waits for the parents that are missing in the story of case_file_relationships.
    const waits = open.has(validation.table) || unresolved.has(validation.table) || validation.table === 'cases';
    rows.push(
      waits || endedAt === undefined || endedAt > -12
        ? row(validation, 'pending', null, null, null, null)
        : row(validation, 'completed', 3, endedAt + 1, endedAt + 4 + 5 * random(), validation.records),
    );
  }
  return { rows: inOrder(rows), underway, queue };

  function isLeftFailed(one: HistoryRow): boolean {
    return (
      one.status === 'failed' &&
      !rows.some(
        (other) => other.source_query === one.source_query && (other.started_ago ?? 0) < (one.started_ago ?? 0),
      )
    );
  }
}

function withPastFailure(batch: PlannedBatch, taken: number, random: Random): PlannedBatch {
  const failure = oldFailures.get(taken);
  if (failure === undefined) return batch;
  const failed = failing(batch, 0.15 + 0.7 * random(), failureMessages[failure.message](random));
  return failure.left ? failed : retried(failed, 6 + 14 * random());
}

/** The rows of the phases before execution, which ended long before the demo starts. */
function preparation(random: Random): HistoryRow[] {
  const began = -executionBeganAgo - preparedInSeconds;
  return [brackets, relationships, ...tables].flatMap((table, index) => {
    const workerId = workerIds[index % workerIds.length] ?? null;
    const size = Math.log10(table.records);
    const analysed = began + index * 7;
    const planned = analysed + size + 4 * random();
    const mapped = planned + 3 + 4 * random();
    const common = { status: 'completed', error_message: null, worker_id: workerId, records_processed: 0 };
    const counts = {
      source_query: `SELECT COUNT(*) FROM ${table.source}`,
      validation_query: `SELECT COUNT(*) FROM ${table.target}`,
    };
    const none = { source_query: null, validation_query: null };
    return [
      {
        ...common,
        phase: 'discovery',
        table_name: table.source,
        operation: 'table_analysis',
        ...counts,
        total_records: table.records,
        batch_size: null,
        started_ago: -analysed,
        completed_ago: -planned,
      },
      {
        ...common,
        phase: 'planning',
        table_name: table.target,
        operation: 'migration_strategy',
        ...none,
        total_records: table.records,
        batch_size: table.batchSize,
        started_ago: -planned,
        completed_ago: -mapped,
      },
      {
        ...common,
        phase: 'mapping',
        table_name: table.target,
        operation: 'field_mapping',
        ...none,
        total_records: table.records,
        batch_size: null,
        started_ago: -mapped,
        completed_ago: -(mapped + 8 + 60 * random()),
      },
    ];
  });
}

function row(
  batch: PlannedBatch,
  status: string,
  workerId: number | null,
  startedAt: number | null,
  endedAt: number | null,
  migrated: number | null,
): HistoryRow {
  return {
    phase: batch.phase,
    table_name: batch.table,
    operation: batch.operation,
    status,
    records_processed: migrated,
    total_records: batch.totalRecords,
    started_ago: startedAt === null ? null : -startedAt,
    completed_ago: endedAt === null ? null : -endedAt,
    error_message: status === 'failed' ? (batch.failure?.message ?? null) : null,
    batch_size: batch.batchSize,
    worker_id: workerId,
    source_query: batch.sourceQuery,
    validation_query: batch.validationQuery,
  };
}

/** Sorted by their start, so that ids rise with time; rows that have not started come last. */
function inOrder(rows: readonly HistoryRow[]): HistoryRow[] {
  return [...rows].sort((a, b) => (b.started_ago ?? -1) - (a.started_ago ?? -1));
}
