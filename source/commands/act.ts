import { setTimeout as wait } from 'node:timers/promises';
import { DatabaseError } from '../database/database-error.ts';
import { updateGrant } from '../database/privileges.ts';
import { askedOnly } from '../domain/asked-rows.ts';
import { type BulkPlan, planBulk, planRetries, type RowOutcome, withoutRefused } from '../domain/bulk-actions.ts';
import { only, type ResolvedFilter } from '../domain/filter/resolve.ts';
import { isUtf8 } from '../domain/locale.ts';
import type { Operation } from '../domain/operation.ts';
import { type SkipCosts, skipCostsOf } from '../domain/skip-costs.ts';
import { planSkip, resolvedBy } from '../domain/skipping.ts';
import { planTakeOver } from '../domain/takeover.ts';
import { pausedFrom } from '../monitor/actions.ts';
import { otherAttempt } from '../monitor/other-attempt.ts';
import type { MonitorState } from '../monitor/state.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { bulkDocument, bulkReport } from '../presentation/bulk-report.ts';
import { verbOf } from '../presentation/bulk-text.ts';
import { asciiJson } from '../presentation/charset.ts';
import type { ActInvocation, Flags } from './arguments.ts';
import { unlockNamed } from './config/configure.ts';
import { exitCode } from './exit-codes.ts';
import { withUnknownLookedUp } from './look-up-unknown.ts';
import { open } from './open.ts';
import { print } from './print.ts';
import { signalExitCode } from './signals.ts';
import type { Surroundings } from './surroundings.ts';
import { watchWorkers } from './watch-workers.ts';
import { filterOf, gapsOf, needsTriage, noMatchNote, resolvedIn, tableState } from './where.ts';

/** How many operations are read at once. */
const pageRows = 1000;

/**
 * `migtop pause`, `resume`, `skip`, `retry` and `takeover`: the same as the keys. Resolves to the exit code: 1 if a row that was
 * asked for was not changed, 3 if the connection was lost before the end, 128 and more if a signal stopped it.
 */
export async function runAct(invocation: ActInvocation, surroundings: Surroundings): Promise<number> {
  const { command, connection, flags } = invocation;
  const { stdout, stderr, env } = surroundings;
  // A mistake in the filter is reported before connecting.
  const filter = filterOf(flags.where);
  const table = await open(connection, flags, surroundings);
  const stopping = new AbortController();
  let signalled: NodeJS.Signals | null = null;
  const unsubscribe = surroundings.onSignal(['SIGINT', 'SIGTERM'], (signal) => {
    signalled = signal;
    stopping.abort();
  });
  try {
    for (const note of table.target.notes) stderr.write(`migtop: note: ${note}\n`);
    if (!flags.dryRun) unlockNamed(table.production, flags.production);
    const readOnly = flags.readOnly ? 'asked for (--read-only)' : table.target.readOnly;
    if (readOnly !== null && !flags.dryRun)
      throw new DatabaseError(
        !flags.readOnly && table.target.lacksPrivilege === true ? 'no-privilege' : 'failed',
        `Cannot ${verbOf(command)}: read-only: ${readOnly}.${flags.readOnly ? '' : updateGrant(table.target, command === 'takeover' ? 'all columns' : 'status')}`,
      );
    // How a table counts is known when it is counted: only a dry run of a skip waits for that.
    const showsCost = command === 'skip' && flags.dryRun;
    // A retry and a skip look at the other attempts of the operations that pass the filter.
    const isTriaged = filter !== null && (needsTriage(filter) || command === 'skip' || command === 'retry');
    const state = await tableState(table, isTriaged || showsCost, stopping.signal);
    stderr.write(gapsOf(table, filter));
    const resolved = filter === null ? null : resolvedIn(state, filter);
    const operations = await readOperations(table, invocation.ids, resolved, stopping.signal);
    if (filter !== null && invocation.ids.length === 0 && operations.length === 0 && !stopping.signal.aborted)
      stderr.write(noMatchNote(filter));
    // Ids that the filter leaves out are reported, like those that are not in the table.
    const read = new Set(operations.map(({ id }) => id));
    const others = invocation.ids.filter((id) => !read.has(id));
    const unmatched =
      resolved === null || others.length === 0 ? [] : await readOperations(table, others, null, stopping.signal);
    const notRead = others.filter((id) => !unmatched.some((operation) => operation.id === id));
    // No list has the rows that cannot be read.
    const unreadable = notRead.length === 0 ? [] : await table.passing({ terms: [] }, notRead);
    const missing = notRead.filter((id) => !unreadable.includes(id));
    const judged =
      command === 'takeover'
        ? await watchWorkers(table, state, operations, flags, { signal: stopping.signal, stderr })
        : state;
    const failed = operations.flatMap(({ id, status }) => (command === 'skip' && status === 'failed' ? [id] : []));
    // A filter has read the failures of the whole table with their attempts.
    const completing = filter === null ? await table.completedBy(failed, stopping.signal) : null;
    const resolvingOf = (operation: Operation): number | null =>
      completing === null ? resolvedBy(state.latest, operation) : (completing.get(operation.id) ?? null);
    // Not all operations may have been read: that nothing is left to do would be wrong.
    if (stopping.signal.aborted) {
      stderr.write('migtop: stopped: nothing was changed\n');
      return signalExitCode(signalled ?? 'SIGINT');
    }
    const whole = command === 'skip' ? planSkip(operations, resolvingOf) : planOf(command, operations, judged, flags);
    const { plan: asked, notAsked } =
      filter === null ? { plan: whole, notAsked: [] } : askedOnly(whole, invocation.ids);
    // The write finds attempts that the polls do not know; so does a dry run.
    const isDryRetry = flags.dryRun && command === 'retry';
    const plan = isDryRetry ? withoutRefused(asked, await table.retryRefusals(asked.changes, stopping.signal)) : asked;
    const cost = showsCost ? await costOf(table, state, plan, operations) : null;
    const written = flags.dryRun ? null : await write(table, command, plan, flags, stopping.signal);
    const results =
      written === null
        ? null
        : await withUnknownLookedUp(table, written, {
            signal: stopping.signal,
            tell: (line) => void stderr.write(`migtop: ${line}\n`),
          });
    const report = {
      action: command,
      reason: flags.reason ?? null,
      plan,
      results,
      isByFilter: filter !== null && invocation.ids.length === 0,
      missing,
      unreadable,
      unmatched,
      notAsked,
      cost,
    };
    const json = (): string => {
      const text = JSON.stringify(bulkDocument(report), null, 2);
      return isUtf8(env) ? text : asciiJson(text);
    };
    try {
      await print(stdout, `${flags.json ? json() : bulkReport(report)}\n`);
    } catch (error) {
      // The report is lost, and not what was done.
      if (results !== null) stderr.write(`migtop: ${bulkReport(report)}\n`);
      throw error;
    }
    if (signalled !== null && !isDone(plan, results)) return signalExitCode(signalled);
    if (results?.some(({ outcome }) => ['unknown', 'not applied', 'not sent'].includes(outcome.kind)))
      return exitCode.unreachable;
    return isDone(plan, results) && others.length === 0 ? exitCode.done : exitCode.failed;
  } finally {
    unsubscribe();
    await table.close();
  }
}

async function readOperations(
  table: ControlTable,
  ids: readonly number[],
  where: ResolvedFilter | null,
  signal: AbortSignal,
): Promise<readonly Operation[]> {
  const terms: ResolvedFilter['terms'][number][] = [...(where?.terms ?? [])];
  if (ids.length > 0) terms.push({ negated: false, field: 'ids', values: [only(ids)] });
  const operations: Operation[] = [];
  let from: number | null = null;
  while (!signal.aborted) {
    const startedMs = performance.now();
    const page = await table.page({ direction: 'older', from, filter: { terms }, limit: pageRows });
    operations.push(...page);
    const last = page.at(-1);
    if (page.length < pageRows || last === undefined) break;
    from = last.id - 1;
    // A rest after many pages, so that the workers keep their throughput.
    if (operations.length >= 5 * pageRows)
      await wait(Math.min(1000, 2 * (performance.now() - startedMs)), undefined, { signal }).catch(() => {});
  }
  return operations.reverse();
}

function planOf(
  command: Exclude<ActInvocation['command'], 'skip'>,
  operations: readonly Operation[],
  state: MonitorState,
  { isUnproven }: Flags,
): BulkPlan {
  if (command === 'retry') return planRetries(operations, (operation) => otherAttempt(state, operation));
  if (command === 'takeover')
    return state.latest === null ? { changes: [], refused: [] } : planTakeOver(state.latest, operations, isUnproven);
  return planBulk(command, operations, (operation) => pausedFrom(state, operation));
}

/** The possible effects of a skip, before it is done; null if it changes nothing. */
async function costOf(
  table: ControlTable,
  { latest }: MonitorState,
  plan: BulkPlan,
  operations: readonly Operation[],
): Promise<SkipCosts | null> {
  if (plan.changes.length === 0) return null;
  const cost = skipCostsOf(latest, plan, operations);
  return { ...cost, read: await table.tableCosts(cost.tables).catch(() => null) };
}

function write(
  table: ControlTable,
  command: ActInvocation['command'],
  { changes }: BulkPlan,
  flags: Flags,
  signal: AbortSignal,
): Promise<readonly RowOutcome[]> {
  const writers = { retry: table.retryMany, takeover: table.rewriteMany };
  const many = command === 'retry' || command === 'takeover' ? writers[command] : table.actMany;
  const intent = { action: command, reason: flags.reason ?? null };
  return many(changes, intent, { signal, rowsPerSecond: flags.rowsPerSecond });
}

function isDone({ refused }: BulkPlan, results: readonly RowOutcome[] | null): boolean {
  return refused.length === 0 && (results ?? []).every(({ outcome }) => outcome.kind === 'applied');
}
