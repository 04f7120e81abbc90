import { DatabaseError, messageOf } from '../database/database-error.ts';
import { createKinds } from '../domain/failure-kind.ts';
import { isUtf8 } from '../domain/locale.ts';
import { asciiJson } from '../presentation/charset.ts';
import { csvHeader, csvLine, ndjsonLine } from '../presentation/export-text.ts';
import { count } from '../presentation/figures.ts';
import type { Flags } from './arguments.ts';
import { exitCode } from './exit-codes.ts';
import { createResolutions } from './export-resolutions.ts';
import { open } from './open.ts';
import { createOutput } from './output.ts';
import { signalExitCode, signalsThatEnd } from './signals.ts';
import type { Surroundings } from './surroundings.ts';
import { suspendable } from './suspendable.ts';
import {
  filterOf,
  gapsOf,
  needsTriage,
  noMatchNote,
  pollWithTriage,
  resolutionsIn,
  resolvedIn,
  tableState,
} from './where.ts';

/**
 * `migtop export`: the operations as CSV or NDJSON, oldest first. Reads a page when the one before has been written, so that a slow
 * reader neither fills the memory nor holds a snapshot. Resolves to the exit code.
 */
export async function runExport(
  { connection, flags }: { readonly connection: string | undefined; readonly flags: Flags },
  surroundings: Surroundings,
): Promise<number> {
  const { stdout, stderr, env } = surroundings;
  // A mistake in the filter is reported before connecting.
  const filter = filterOf(flags.where);
  const table = await open(connection, flags, surroundings);
  const output = createOutput(stdout);
  // The output may end with a whole line, and look complete.
  const stopListening = surroundings.onSignal(signalsThatEnd(), (signal) => {
    stderr.write(`migtop: interrupted by ${signal}: the export is incomplete\n`);
    surroundings.exit(signalExitCode(signal));
  });
  try {
    for (const note of table.target.notes) stderr.write(`migtop: note: ${note}\n`);
    const resolved =
      filter === null
        ? { terms: [] }
        : await suspendable(table, surroundings, async () =>
            resolvedIn(await tableState(table, needsTriage(filter)), filter),
          );
    stderr.write(gapsOf(table, filter));
    const resolvedBy = createResolutions({
      some: (failed) => suspendable(table, surroundings, () => table.completedBy(failed)),
      all: async () => resolutionsIn(await suspendable(table, surroundings, () => pollWithTriage(table))),
      now: () => performance.now(),
    });
    const options = { redact: flags.redact, kindOf: createKinds(), resolvedBy: resolvedBy.of };
    const next = table.exportPages(resolved);
    let unreadable = 0;
    let cut = 0;
    let rows = 0;
    const written = (text: string): Promise<boolean> => completing(output.write(text));
    const closed = (): number => {
      stderr.write('migtop: note: the reader closed the pipe: the export is incomplete\n');
      return exitCode.done;
    };
    if (flags.format === 'csv' && !(await written(csvHeader))) return closed();
    for (;;) {
      const page = await completing(suspendable(table, surroundings, next));
      if (page === null) break;
      unreadable += page.unreadable;
      cut += page.cut;
      rows += page.operations.length;
      await resolvedBy.learn(page.operations);
      const lines = page.operations.map((operation) =>
        flags.format === 'csv' ? csvLine(operation, options) : `${json(ndjsonLine(operation, options), env)}\n`,
      );
      if (!(await written(lines.join('')))) return closed();
    }
    if (filter !== null && rows === 0) stderr.write(noMatchNote(filter));
    if (unreadable > 0)
      stderr.write(
        `migtop: note: ${unreadable === 1 ? '1 row was left out: its' : `${count(unreadable)} rows were left out: their`} values cannot be read\n`,
      );
    if (resolvedBy.problem() !== null)
      stderr.write(`migtop: note: which operations resolve failures is not known: ${resolvedBy.problem()}\n`);
    if (cut > 0)
      stderr.write(
        `migtop: note: a text of ${cut === 1 ? '1 operation' : `${count(cut)} operations`} was cut to its first million characters\n`,
      );
    return exitCode.done;
  } finally {
    stopListening();
    await table.close();
  }
}

/** Says of an error that it ends the export: what is written so far may look complete. */
async function completing<T>(part: Promise<T>): Promise<T> {
  try {
    return await part;
  } catch (error) {
    const incomplete = 'the export is incomplete';
    const message = messageOf(error);
    if (message.includes(incomplete)) throw error;
    const text = `${message.replace(/\.$/, '')}: ${incomplete}`;
    throw error instanceof DatabaseError
      ? new DatabaseError(error.kind, text, error, error.secrets)
      : new Error(text, { cause: error });
  }
}

function json(text: string, env: Surroundings['env']): string {
  return isUtf8(env) ? text : asciiJson(text);
}
