import { type Batch, failing, retried } from './batch.ts';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';
import { mishaps } from './stories.ts';
import { brackets, relationships, tables, workerIds } from './tables.ts';
import { tempo } from './tempo.ts';

/** A row that the table holds when the demo begins. Times are seconds before that moment. */
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

/** What a worker is in the middle of when the demo begins. */
export interface Underway {
  readonly workerId: number;
  readonly batch: Batch;
  readonly moved: number;
}

export interface History {
  readonly rows: readonly HistoryRow[];
  readonly underway: readonly Underway[];
  /** What is left of the plan's queue. */
  readonly queue: readonly Batch[];
}

const executionBeganAgo = 67 * 60;
const preparedInSeconds = 5 * 60;

/** The workers of the two stories come to theirs shortly before the demo begins. */
const storyBeganAgo: ReadonlyMap<number, { story: 'brackets' | 'relationships'; ago: number }> = new Map([
  [1, { story: 'brackets', ago: 9 }],
  [2, { story: 'relationships', ago: 195 }],
]);

/** Which of the batches, as they are taken up, fails on the way; all but one are retried at once. */
const oldFailures: ReadonlyMap<number, { mishap: keyof typeof mishaps; left?: true }> = new Map([
  [41, { mishap: 'deadlock' }],
  [118, { mishap: 'connectionReset' }],
  [119, { mishap: 'connectionReset' }],
  [203, { mishap: 'deadlock' }],
  [247, { mishap: 'outOfRange', left: true }],
  [290, { mishap: 'deadlock' }],
]);

/** Lets six workers go through the plan for an hour, on paper, and writes down what the table would hold. */
export function tellHistory(plan: Plan, random: Random): History {
  const queue = [...plan.queue];
  const rows: HistoryRow[] = preparation(random);
  const underway: Underway[] = [];
  const free = new Map<number, number>(workerIds.map((id) => [id, -executionBeganAgo + random() * 40]));
  const ended = new Map<string, number>();
  let taken = 0;

  function run(batch: Batch, workerId: number, startedAt: number): number {
    const speed = batch.recordsPerSecond * tempo(startedAt) * (0.85 + 0.3 * random());
    const records = batch.failure?.atRecord ?? batch.records;
    const endedAt = startedAt + records / speed;
    if (endedAt >= 0) {
      const moved = Math.floor(-startedAt * speed);
      underway.push({ workerId, batch, moved });
      rows.push(row(batch, 'running', workerId, startedAt, null, moved));
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
    // Nobody starts a batch that would run into their story, by the slowest estimate.
    if (own && startsAt + next.records / (next.recordsPerSecond * tempo(startsAt) * 0.85) > -own.ago) {
      free.set(workerId, run(plan[own.story], workerId, -own.ago));
      continue;
    }
    queue.shift();
    taken += 1;
    free.set(workerId, run(mishapOf(next, taken, random), workerId, startsAt));
  }

  const open = new Set([...queue, ...underway.map((one) => one.batch)].map((batch) => batch.table));
  const unresolved = new Set(rows.filter(isLeftFailed).map((one) => one.table_name));
  for (const validation of plan.validations) {
    const endedAt = ended.get(validation.table);
    // `cases` waits for the parents that the story of case_file_relationships finds missing.
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

function mishapOf(batch: Batch, taken: number, random: Random): Batch {
  const failure = oldFailures.get(taken);
  if (failure === undefined) return batch;
  const failed = failing(batch, 0.15 + 0.7 * random(), mishaps[failure.mishap](random));
  return failure.left ? failed : retried(failed, 6 + 14 * random());
}

/** The phases before execution: long done when the demo begins. */
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
  batch: Batch,
  status: string,
  workerId: number | null,
  startedAt: number | null,
  endedAt: number | null,
  moved: number | null,
): HistoryRow {
  return {
    phase: batch.phase,
    table_name: batch.table,
    operation: batch.operation,
    status,
    records_processed: moved,
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

/** By when they started, so that ids rise with time; what has not started comes last. */
function inOrder(rows: readonly HistoryRow[]): HistoryRow[] {
  return [...rows].sort((a, b) => (b.started_ago ?? -1) - (a.started_ago ?? -1));
}
