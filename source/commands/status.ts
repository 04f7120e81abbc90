import { isUtf8 } from '../domain/locale.ts';
import type { Snapshot } from '../domain/snapshot.ts';
import type { ControlTable } from '../polling/control-table.ts';
import { asciiJson } from '../presentation/charset.ts';
import { duration } from '../presentation/figures.ts';
import { firstLine } from '../presentation/first-line.ts';
import { type StatusDocument, statusDocument } from '../presentation/status-document.ts';
import { statusWithoutValues } from '../presentation/status-redacted.ts';
import { statusText } from '../presentation/status-text.ts';
import { wrap } from '../presentation/text-width.ts';
import type { Flags } from './arguments.ts';
import { exitCode } from './exit-codes.ts';
import { givenPlace } from './given-place.ts';
import { open } from './open.ts';
import { print } from './print.ts';
import { sample } from './sample.ts';
import type { Surroundings } from './surroundings.ts';
import { suspendable } from './suspendable.ts';
import { withTimeLimit } from './time-limit.ts';
import { reportColumns } from './window.ts';

interface StatusInvocation {
  readonly connection: string | undefined;
  readonly flags: Flags;
}

/** `migtop status`: one snapshot, for scripts and logs; with --watch one after the other, with --check one line. */
export async function runStatus(invocation: StatusInvocation, surroundings: Surroundings): Promise<number> {
  const { watch, check, json } = invocation.flags;
  if (check) return (await import('./status-check.ts')).runCheck(invocation, surroundings);
  if (watch) return (await import('./status-watch.ts')).runStatusWatch(invocation, surroundings);
  const { timeoutSeconds } = invocation.flags;
  const printed = await withTimeLimit(printStatus(invocation, surroundings, json), timeoutSeconds);
  if (printed.kind === 'done') return printed.value;
  surroundings.stderr.write(
    `migtop: timed out after ${duration(timeoutSeconds)}. Give it more time, or fewer operations to count: --since 2h\n`,
  );
  // The connection may be dead: its end is not waited for.
  return surroundings.exit(exitCode.timedOut);
}

/** Prints one snapshot. Resolves to the exit code. */
export async function printStatus(
  invocation: StatusInvocation,
  surroundings: Surroundings,
  json: boolean,
): Promise<number> {
  const table = await open(invocation.connection, invocation.flags, surroundings);
  try {
    const place = givenPlace(invocation.connection, invocation.flags, table.target);
    await printReport(table, surroundings, json, { ...invocation.flags, place });
    return 0;
  } finally {
    await table.close();
  }
}

/**
 * Prints one report. `sampleSeconds`: for how many seconds to poll for rates; 0: not at all. `place`: the connection, for the commands
 * that the report names.
 */
export async function printReport(
  table: ControlTable,
  surroundings: Surroundings,
  json: boolean,
  { sampleSeconds, until, redact, place = '' }: Pick<Flags, 'sampleSeconds' | 'until' | 'redact'> & { place?: string },
): Promise<void> {
  const { stdout, stderr, env } = surroundings;
  for (const note of table.target.notes) stderr.write(`migtop: note: ${note}\n`);
  const onSlow = (first: Snapshot): void =>
    void (json || stdout.write(`${wrap(firstLine(table.target, first), reportColumns(stdout, env)).join('\n')}\n`));
  await suspendable(table, surroundings, () => table.countAll(onSlow));
  const sampled = await suspendable(table, surroundings, () => sample(table, sampleSeconds));
  const report = await suspendable(table, surroundings, () => table.report());
  const whole = statusDocument(table.target, report, sampled, until);
  const document = redact ? statusWithoutValues(whole) : whole;
  for (const note of document.notes.filter((one) => !table.target.notes.includes(one)))
    stderr.write(`migtop: note: ${note}\n`);
  await print(stdout, `${json ? jsonText(document, env) : statusText(document, reportColumns(stdout, env), place)}\n`);
}

function jsonText(document: StatusDocument, env: Surroundings['env']): string {
  const json = JSON.stringify(document, null, 2);
  return isUtf8(env) ? json : asciiJson(json);
}
