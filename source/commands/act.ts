import { DatabaseError } from '../database/database-error.ts';
import { type BatchPlan, planBatch, planRetries, type RowOutcome } from '../domain/batch-actions.ts';
import { only, type ResolvedFilter } from '../domain/filter/resolve.ts';
import { isUtf8 } from '../domain/locale.ts';
import type { Operation } from '../domain/operation.ts';
import type { Action } from '../domain/transitions.ts';
import { pausedFrom } from '../monitor/actions.ts';
import type { MonitorState } from '../monitor/state.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { batchDocument, batchReport } from '../presentation/batch-report.ts';
import { asciiJson } from '../presentation/charset.ts';
import type { ActInvocation, Flags } from './arguments.ts';
import { open } from './open.ts';
import { print } from './print.ts';
import type { Surroundings } from './surroundings.ts';
import { filterOf, resolvedIn, tableState } from './where.ts';

/** How many operations are read at once. */
const pageRows = 1000;

/** `migtop pause`, `resume`, `skip` and `retry`: the same as the keys. Resolves to the exit code: 1 if a row was not changed. */
export async function runAct(invocation: ActInvocation, surroundings: Surroundings): Promise<number> {
  const { command, connection, flags } = invocation;
  const { stdout, stderr, env } = surroundings;
  // A mistake in the filter is reported before connecting.
  const filter = filterOf(flags.where);
  const table = await open(connection, flags, surroundings);
  const stopping = new AbortController();
  const unsubscribe = surroundings.onSignal(['SIGINT', 'SIGTERM'], () => stopping.abort());
  try {
    for (const note of table.target.notes) stderr.write(`migtop: note: ${note}\n`);
    const readOnly = flags.readOnly ? 'asked for (--read-only)' : table.target.readOnly;
    if (readOnly !== null && !flags.dryRun)
      throw new DatabaseError(
        table.target.mayUpdate ? 'failed' : 'no-privilege',
        `Cannot ${command}: read-only: ${readOnly}.`,
      );
    const state = await tableState(table, filter !== null);
    const resolved = filter === null ? null : resolvedIn(state, filter);
    const operations = await readOperations(table, invocation.ids, resolved, stopping.signal);
    const missing = invocation.ids.filter((id) => !operations.some((operation) => operation.id === id));
    const plan = planOf(command, operations, state);
    const results = flags.dryRun ? null : await write(table, command, plan, flags, stopping.signal);
    const report = {
      action: command,
      reason: flags.reason ?? null,
      plan,
      results,
      missing: resolved === null ? missing : [],
    };
    const json = (): string => {
      const text = JSON.stringify(batchDocument(report), null, 2);
      return isUtf8(env) ? text : asciiJson(text);
    };
    await print(stdout, `${flags.json ? json() : batchReport(report)}\n`);
    return isDone(plan, results) && report.missing.length === 0 ? 0 : 1;
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
    const page = await table.page({ direction: 'older', from, filter: { terms }, limit: pageRows });
    operations.push(...page);
    const last = page.at(-1);
    if (page.length < pageRows || last === undefined) break;
    from = last.id - 1;
  }
  return operations.reverse();
}

function planOf(command: ActInvocation['command'], operations: readonly Operation[], state: MonitorState): BatchPlan {
  if (command === 'retry') return planRetries(operations);
  const action: Action = command;
  return planBatch(action, operations, (operation) => pausedFrom(state, operation));
}

function write(
  table: ControlTable,
  command: ActInvocation['command'],
  { changes }: BatchPlan,
  flags: Flags,
  signal: AbortSignal,
): Promise<readonly RowOutcome[]> {
  const many = command === 'retry' ? table.retryMany : table.actMany;
  const intent = { action: command, reason: flags.reason ?? null };
  return many(changes, intent, { signal, rowsPerSecond: flags.rowsPerSecond });
}

function isDone({ refused }: BatchPlan, results: readonly RowOutcome[] | null): boolean {
  return refused.length === 0 && (results ?? []).every(({ outcome }) => outcome.kind === 'applied');
}
