import { type FigureCondition, isTrue } from '../domain/condition.ts';
import { conditionFigures } from '../domain/condition-figures.ts';
import { type GoalVerdict, goalVerdict, mayBeReached, type Rest, restAfter } from '../domain/goal.ts';
import type { Observation } from '../domain/observation.ts';
import { unreadableCount } from '../domain/operation.ts';
import { paceOf } from '../monitor/pace.ts';
import type { MonitorState } from '../monitor/state.ts';
import { unresolvedNames, waitChange, waitLine, waitResult } from '../monitor/wait-lines.ts';
import { trueText } from '../presentation/condition-text.ts';
import { age, count, duration } from '../presentation/figures.ts';
import type { Flags } from './arguments.ts';
import { exitCode } from './exit-codes.ts';
import { open } from './open.ts';
import { createOutput } from './output.ts';
import { createProgressDisplay } from './progress-display.ts';
import type { Surroundings } from './surroundings.ts';
import { withTimeLimit } from './time-limit.ts';
import { runWithoutScreen } from './without-screen.ts';

/** The end of a wait: the exit code, and its line, on stdout only if the goal was reached. */
export interface WaitEnd {
  readonly code: number;
  readonly text: string;
}

/**
 * `migtop wait`: returns when the migration is done, idle or has failed, when a condition of `--fail-on` is true, or when the time
 * is over. Shows the progress until then. Resolves to the exit code.
 */
export async function runWait(
  { connection, flags }: { readonly connection: string | undefined; readonly flags: Flags },
  surroundings: Surroundings,
): Promise<number> {
  const { stdout, stderr, now } = surroundings;
  const { timeoutSeconds } = flags;
  const startedMs = now();
  const opened = await withTimeLimit(open(connection, flags, surroundings), timeoutSeconds);
  if (opened.kind === 'late') {
    stderr.write(`migtop: timed out after ${duration(timeoutSeconds)}: the server has not answered\n`);
    return surroundings.exit(exitCode.timedOut);
  }
  const table = opened.value;
  for (const note of table.target.notes) stderr.write(`migtop: note: ${note}\n`);
  const output = createOutput(stdout);
  const progress = createProgressDisplay(surroundings, output);
  const judge = createJudge(flags, startedMs);
  const found: { end: WaitEnd | null } = { end: null };
  const onState = (state: MonitorState, leave: (code: number) => void): void => {
    if (found.end !== null) return;
    const isOver = timeoutSeconds !== null && now() - startedMs >= timeoutSeconds * 1000;
    found.end = judge(state) ?? (isOver ? timedOut(state, timeoutSeconds) : null);
    if (found.end !== null) leave(found.end.code);
    else if (isJudged(state) || now() - startedMs >= judgedWithinMs) progress.show(waitLine(state), waitChange(state));
  };
  const code = await runWithoutScreen({ table, flags, output, onState, isReaderOptional: true }, surroundings);
  const problem = await progress.end();
  if (problem !== null) stderr.write(`migtop: note: ${problem}: lines are missing\n`);
  if (found.end === null) return code;
  if (found.end.code !== exitCode.done) {
    stderr.write(`migtop: ${found.end.text}\n`);
    return code;
  }
  try {
    await output.write(`${found.end.text}\n`);
  } catch (error) {
    // The line is lost, and not that the state was reached.
    stderr.write(`migtop: ${found.end.text}\n`);
    throw error;
  }
  return code;
}

/** For how long the first line, and the conditions, wait until it is known which failures are unresolved, in milliseconds. */
const judgedWithinMs = 5000;

/** Whether it is known which failures are unresolved, or the table was not read. */
export function isJudged({ latest, connection }: MonitorState): boolean {
  return latest === null || connection.kind === 'lost' || latest.triage.isWhole;
}

function timedOut(state: MonitorState, seconds: number): WaitEnd {
  return { code: exitCode.timedOut, text: `timed out after ${duration(seconds)}: ${waitResult(state)}` };
}

/** Judges one state after the other; null while the wait goes on. */
export function createJudge(
  { goal, failOn }: Pick<Flags, 'goal' | 'failOn'>,
  startedMs: number,
): (state: MonitorState) => WaitEnd | null {
  let rest: Rest | null = null;
  let judged: Observation | null = null;
  let verdict: GoalVerdict = { kind: 'waiting' };
  return (state) => {
    const { latest } = state;
    if (latest === null) return null;
    if (latest !== judged) {
      judged = latest;
      rest = restAfter(rest, latest);
      verdict = goalVerdict(goal, latest, rest);
    }
    // Each end says how many failures are unresolved: that is known a moment after the first poll.
    if (!isJudged(state) && state.nowMs - startedMs < judgedWithinMs) return null;
    if (verdict.kind === 'reached') {
      const [reached, names] = goal === 'failed' ? ['found a failure', unresolvedNames(latest)] : [goal, ''];
      const after = duration((state.nowMs - startedMs) / 1000);
      return { code: exitCode.done, text: `${reached} after ${after}: ${waitResult(state)}${names}` };
    }
    if (verdict.kind === 'missed')
      return {
        code: exitCode.failed,
        text:
          goal === 'failed'
            ? `nothing is open any more, and nothing has failed: ${waitResult(state)}`
            : missedText(state, latest),
      };
    // A deadline that had passed before does not hide that all was done by then.
    const isLate = !mayBeReached(goal, latest, rest);
    return failed(state, latest, failOn) ?? (isLate ? late(state, latest) : null);
  };
}

function missedText(state: MonitorState, latest: Observation): string {
  const unreadable = unreadableCount(latest.snapshot.unreadable);
  const hasFailures = latest.triage.unresolved > 0;
  const rows = unreadable === 1 ? '1 row cannot be read' : `${count(unreadable)} rows cannot be read`;
  const what = [...(hasFailures ? ['failures are unresolved'] : []), ...(unreadable > 0 ? [rows] : [])].join(' and ');
  return [
    `nothing is open any more, but ${what}: ${waitResult(state)}${unresolvedNames(latest)}.`,
    ...(hasFailures ? ['Retry, skip or accept them.'] : []),
    ...(unreadable > 0 ? ['migtop doctor names the rows, and SQL that mends them.'] : []),
  ].join(' ');
}

function failed(state: MonitorState, latest: Observation, failOn: readonly FigureCondition[]): WaitEnd | null {
  const pace = paceOf(state, latest);
  const { deadline } = state.due;
  const figures = conditionFigures(latest, {
    ageSeconds: Math.max(0, (state.nowMs - state.receivedAtMs) / 1000),
    pace,
    deadline,
  });
  const found = failOn.filter((one) => isTrue(one, figures) === true);
  if (found.length === 0) return null;
  const isStall = found.every((one) => one.kind !== 'late' && one.name === 'stalled');
  return {
    code: isStall ? exitCode.stalled : exitCode.failed,
    text: `${trueText(found, figures)}: ${waitResult(state)}`,
  };
}

/** The deadline of `--until` on the clock of the database, also while the database does not answer. */
function late(state: MonitorState, latest: Observation): WaitEnd | null {
  const { deadline } = state.due;
  const now = latest.snapshot.takenAt + Math.max(0, (state.nowMs - state.receivedAtMs) / 1000);
  if (deadline === null || now < deadline.at) return null;
  const past = now - deadline.at;
  const passed = past < 60 ? 'has passed' : `passed ${age(past)} ago`;
  return { code: exitCode.timedOut, text: `the deadline ${deadline.name} ${passed}: ${waitResult(state)}` };
}
