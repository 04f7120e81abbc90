import { setTimeout as wait } from 'node:timers/promises';
import type { AuditEntry } from '../domain/audit.ts';
import { type FigureCondition, needsRates, needsTotals } from '../domain/condition.ts';
import { type ConditionFigures, conditionFigures } from '../domain/condition-figures.ts';
import { deadlineOf } from '../domain/deadline.ts';
import { rateAndEtaAfter } from '../domain/defied.ts';
import { type Observation, observe } from '../domain/observation.ts';
import { isCounting, isCurrent, type Snapshot } from '../domain/snapshot.ts';
import { stallsOf } from '../domain/stalled-operations.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { type CheckResult, type CheckState, checkResult, type Thresholds } from '../presentation/check-line.ts';
import { duration } from '../presentation/figures.ts';
import { measuredOperations } from '../presentation/live-operations.ts';
import { atSample, withSample } from '../presentation/status-sample.ts';
import { unknownLine } from '../presentation/unknown-line.ts';
import type { Flags } from './arguments.ts';
import { checkCode } from './exit-codes.ts';
import { open } from './open.ts';
import { print } from './print.ts';
import { sample } from './sample.ts';
import type { Surroundings } from './surroundings.ts';
import { withTimeLimit } from './time-limit.ts';

const codeOf: Readonly<Record<CheckState, number>> = {
  OK: checkCode.ok,
  WARNING: checkCode.warning,
  CRITICAL: checkCode.critical,
  UNKNOWN: checkCode.unknown,
};

/** Seconds between two polls of operations that seem to stand still. */
const stepSeconds = 0.5;

/** Maximum number of steps of counting for totals that are known but stale. */
const mostStaleSteps = 5000;

/**
 * `migtop status --check`: one line for a monitoring system, with performance data. It counts the whole table only if a condition
 * needs that. Resolves to the plugin's exit code.
 */
export async function runCheck(
  { connection, flags }: { readonly connection: string | undefined; readonly flags: Flags },
  surroundings: Surroundings,
): Promise<number> {
  const { stdout } = surroundings;
  const thresholds = thresholdsOf(flags);
  const { timeoutSeconds } = flags;
  const result = await withTimeLimit(check(connection, flags, thresholds, surroundings), timeoutSeconds);
  if (result.kind === 'done') {
    await print(stdout, `${result.value.line}\n`);
    return codeOf[result.value.state];
  }
  await print(stdout, `${unknownLine(`timed out after ${duration(timeoutSeconds)}`)}\n`);
  // The connection may be dead: its end is not waited for.
  return surroundings.exit(checkCode.unknown);
}

async function check(
  connection: string | undefined,
  flags: Flags,
  thresholds: Thresholds,
  surroundings: Surroundings,
): Promise<CheckResult> {
  const table = await open(connection, flags, surroundings);
  try {
    const conditions = [...thresholds.warning, ...thresholds.critical];
    const isSampled = conditions.some(needsRates) || (flags.given?.has('sample') === true && flags.sampleSeconds > 0);
    const { observation, activity } = await observed(table, conditions, flags.sampleSeconds, isSampled);
    return checkResult(
      figuresOf(observation, activity, flags, isSampled),
      thresholds,
      observation.migration.currentPhase,
    );
  } finally {
    await table.close();
  }
}

/** The conditions, with the usual ones in place of those that were not given. */
export function thresholdsOf({ warning, critical, until }: Pick<Flags, 'warning' | 'critical' | 'until'>): Thresholds {
  const late: FigureCondition = { text: 'late', kind: 'late' };
  return {
    warning: warning ?? [above('unresolved'), ...(until === null ? [] : [late])],
    critical: critical ?? [above('stalled')],
  };
}

function above(name: 'unresolved' | 'stalled'): FigureCondition {
  return { text: `${name}>0`, kind: 'count', name, operator: '>', limit: 0 };
}

/** @param isSampled whether rates were sampled: an ETA without them is another one than `status` and the monitor show */
function figuresOf(
  observation: Observation,
  activity: readonly AuditEntry[],
  { until }: Flags,
  isSampled: boolean,
): ConditionFigures {
  const { takenAt, zone } = observation.snapshot;
  const known = rateAndEtaAfter(observation, activity);
  const pace = isSampled ? known : { ...known, eta: null };
  const deadline = until === null ? null : deadlineOf(until, takenAt, zone);
  const figures = conditionFigures(observation, { ageSeconds: 0, deadline, pace });
  if (figures.recordsPerSecond !== null || figures.counts.running === 0) return figures;
  return { ...figures, measured: measuredOperations(observation) };
}

/** Whether an operation counts as stalled by the time since its start, without having been watched. */
function hasUncertainStall(observation: Observation): boolean {
  return stallsOf(observation).all.some(({ stall }) => stall.kind !== 'blocked');
}

/**
 * The observation that conditions are judged by: of one poll, or of a sample where that shows more; and the actions of operators, if a
 * rate needs them.
 *
 * @param isSampled whether rates are sampled, as `status` does it
 */
export async function observed(
  table: ControlTable,
  conditions: readonly FigureCondition[],
  sampleSeconds: number,
  isSampled = conditions.some(needsRates),
): Promise<{ readonly observation: Observation; readonly activity: readonly AuditEntry[] }> {
  const isOpen = (snapshot: Snapshot): boolean =>
    snapshot.triage?.isWhole === false || (!isCurrent(snapshot) && conditions.some(needsTotals));
  const isPartial = (of: Snapshot): boolean => isCounting(of) || of.coverage.isCarried === true;
  let snapshot = await table.poll([]);
  // A large table that was never counted: at full speed, and the next check goes on from there.
  if (isPartial(snapshot) && conditions.some(needsTotals)) {
    await table.countAll(() => {});
    snapshot = await table.poll([]);
  }
  // Where rows are deleted all the time, some id range is always stale.
  for (let step = 0; isOpen(snapshot) && (step < mostStaleSteps || isPartial(snapshot)); step++) {
    if (snapshot.coverage.isTooSlow === true || (await table.work()) === null) break;
    snapshot = await table.poll([]);
  }
  let observation = observe(null, snapshot);
  const needsStalls = conditions.some((condition) => 'name' in condition && condition.name === 'stalled');
  // So both find the same rates and ETA: a few polls and the last hour of the report.
  const sampled = isSampled ? await sample(table, sampleSeconds) : null;
  if (sampled !== null) {
    const report = await table.report();
    const observation = atSample(withSample(observe(null, report.snapshot), sampled), sampled);
    return { observation, activity: report.activity };
  }
  // Only polls show that an operation reports; only the audit shows that it was paused until now.
  const hasPaused = observation.snapshot.operations.some(
    ({ status, startedAt }) => status === 'paused' && startedAt !== null,
  );
  if (needsStalls && (hasPaused || hasUncertainStall(observation))) {
    await table.activity().catch(() => []);
    observation = observe(observation, await table.poll([]));
  }
  for (let seconds = 0; seconds < sampleSeconds; seconds += stepSeconds) {
    const { counts, operations } = observation.snapshot;
    const isRunning = (counts.running ?? 0) > 0 || operations.some(({ status }) => status === 'running');
    if (!isRunning || !needsStalls || !hasUncertainStall(observation)) break;
    await wait(Math.min(stepSeconds, sampleSeconds - seconds) * 1000);
    observation = observe(observation, await table.poll([]));
  }
  return { observation, activity: [] };
}
