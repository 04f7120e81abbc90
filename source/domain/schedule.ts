/** An operation that no worker has begun: in how many seconds one worker processes it. */
export interface Waiting {
  readonly id: number;
  readonly seconds: number;
  /** In how many seconds, if it has as few records as may be expected. */
  readonly fewest: number;
}

/** An operation that is running. */
export interface Busy {
  /** How many seconds are left until its end, and how many if it ends with as few records as may be expected. */
  readonly seconds: number;
  readonly fewest: number;
  /** How many reports show the speed of its worker, and in how many seconds that worker reports once. */
  readonly reports: number;
  readonly gapSeconds: number;
}

/** How the open operations of some tables may go on. */
export interface WorkPlan {
  readonly busy: readonly Busy[];
  readonly waiting: readonly Waiting[];
  /** How far the time of one report is from the mean, squared, as a share of it. */
  readonly variance: number;
}

/** When the last operation of a plan will end. */
export interface LastEnd {
  readonly seconds: number;
  /** By which share of these seconds that may be wrong. */
  readonly deviation: number;
  /** How much later the last of several workers ends than expected of one: they end at nearly the same moment. */
  readonly later: number;
  /** In how many seconds the last worker reports once. */
  readonly gapSeconds: number;
}

/**
 * When the last operation will end: a worker that has ended one takes the waiting operation with the lowest id.
 *
 * Null without a running operation.
 *
 * @param by whether the operations have as many records as they name, or as few as may be expected
 */
export function lastEndOf({ busy, waiting, variance }: WorkPlan, by: 'seconds' | 'fewest' = 'seconds'): LastEnd | null {
  const ends = busy.map((one) => one[by]);
  if (ends.length === 0) return null;
  const next = earliestOf(ends);
  for (const one of waiting.toSorted((a, b) => a.id - b.id)) {
    ends[next.first()] = (ends[next.first()] ?? 0) + one[by];
    next.sink();
  }
  const last = indexOfLargest(ends);
  const seconds = ends[last] ?? 0;
  const { reports, gapSeconds } = busy[last] ?? { reports: 1, gapSeconds: 0 };
  const deviation = Math.sqrt(variance * (1 / Math.max(1, reports) + gapSeconds / Math.max(gapSeconds, seconds)));
  const near = ends.filter((end) => end >= seconds * (1 - 2 * deviation)).length;
  return { seconds, deviation, later: near > 1 ? 0.8 * deviation * Math.sqrt(2 * Math.log(near)) : 0, gapSeconds };
}

/** How the operations of one table may go on; of a table without a running one, how many records each of them has. */
export type TablePlans =
  | { readonly kind: 'plans'; readonly plans: readonly WorkPlan[]; readonly secondsPerRecord: number }
  | { readonly kind: 'waiting'; readonly waiting: readonly WaitingRecords[] };

/** An operation of a table without a running one: how many records it has, and the share of them that it has at least. */
export interface WaitingRecords {
  readonly id: number;
  readonly records: number;
  readonly fewest: number;
}

/**
 * How the operations of several tables may go on, if the workers of each go on with the operations of all: the shortest and the
 * longest plan. In a table without a running operation the time of a record is the mean of the others.
 *
 * Empty without a running operation.
 */
export function jointPlans(tables: readonly TablePlans[]): readonly WorkPlan[] {
  const known = tables.flatMap((table) => (table.kind === 'plans' ? [table] : []));
  if (known.length === 0) return [];
  const mean = known.reduce((sum, { secondsPerRecord }) => sum + secondsPerRecord, 0) / known.length;
  const others = tables.flatMap((table) =>
    table.kind === 'waiting'
      ? table.waiting.map(
          ({ id, records, fewest }): Waiting => ({ id, seconds: records * mean, fewest: records * mean * fewest }),
        )
      : [],
  );
  const [only] = known;
  const outer = known.length === 1 ? [] : known.map(outermost);
  const joint =
    known.length === 1 && only !== undefined
      ? only.plans
      : [outer.flatMap(({ shortest }) => shortest), outer.flatMap(({ longest }) => longest)].map(together);
  const whole = joint.map((plan) => ({ ...plan, waiting: [...plan.waiting, ...others] }));
  return whole.filter(({ busy }) => busy.length > 0);
}

/** Whether `jointPlans` finds any: whether an operation is running in a table whose operations are known. */
export function arePlanned(tables: readonly TablePlans[]): boolean {
  return tables.some((table) => table.kind === 'plans' && table.plans.some(({ busy }) => busy.length > 0));
}

const secondsOf = (plan: WorkPlan): number => lastEndOf(plan)?.seconds ?? 0;

/** The shortest and the longest plan of a table. */
function outermost({ plans }: { readonly plans: readonly WorkPlan[] }) {
  const seconds = plans.map(secondsOf);
  const first = (values: readonly number[]): readonly WorkPlan[] => plans.slice(indexOfLargest(values)).slice(0, 1);
  return { shortest: first(seconds.map((one) => -one)), longest: first(seconds) };
}

function together(plans: readonly WorkPlan[]): WorkPlan {
  return {
    busy: plans.flatMap(({ busy }) => busy),
    waiting: plans.flatMap(({ waiting }) => waiting),
    variance: Math.max(...plans.map(({ variance }) => variance)),
  };
}

/** Finds the worker with the earliest end as a heap: hundreds of tables have thousands of workers and waiting operations. */
function earliestOf(ends: readonly number[]): { first(): number; sink(): void } {
  const at = (index: number): number => ends[index] ?? 0;
  const isBefore = (a: number, b: number): boolean => at(a) < at(b) || (at(a) === at(b) && a < b);
  const heap = ends.map((_, index) => index).sort((a, b) => at(a) - at(b) || a - b);
  return {
    first: () => heap[0] ?? 0,
    /** The end of the first one is later now. */
    sink() {
      let place = 0;
      for (;;) {
        const index = heap[place] ?? 0;
        const [left, right] = [2 * place + 1, 2 * place + 2];
        const child = right < heap.length && isBefore(heap[right] ?? 0, heap[left] ?? 0) ? right : left;
        const below = heap[child];
        if (below === undefined || !isBefore(below, index)) return;
        heap[place] = below;
        heap[child] = index;
        place = child;
      }
    },
  };
}

function indexOfLargest(values: readonly number[]): number {
  return values.reduce((found, value, index) => (value > (values[found] ?? value) ? index : found), 0);
}
