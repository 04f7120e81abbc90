import { isUtf8 } from '../domain/locale.ts';
import { operationKey } from '../domain/operation.ts';
import type { MonitorState } from '../monitor/state.ts';
import { asciiJson } from '../presentation/charset.ts';
import { documentOf, type StatusDocument } from '../presentation/status-document.ts';
import { statusWithoutValues } from '../presentation/status-redacted.ts';
import type { Flags } from './arguments.ts';
import { open } from './open.ts';
import { createOutput } from './output.ts';
import type { Surroundings } from './surroundings.ts';
import { runWithoutScreen } from './without-screen.ts';

/** A line of `migtop status --watch`. New kinds of lines may come; a reader skips those that it does not know. */
export type WatchLine =
  /** A poll: the document of `status --json`, with only those failures that are new or have changed since the line before. */
  | ({ readonly event: 'poll' } & StatusDocument)
  /** The connection is lost. `at` is by the clock of this machine, in UTC. */
  | { readonly event: 'lost'; readonly at: string; readonly attempt: number; readonly problem: string }
  | { readonly event: 'connected'; readonly at: string };

/** `migtop status --watch`: a line of JSON for each poll, until a signal or the reader ends it. Resolves to the exit code. */
export async function runStatusWatch(
  { connection, flags }: { readonly connection: string | undefined; readonly flags: Flags },
  surroundings: Surroundings,
): Promise<number> {
  const { stdout, stderr, env, date } = surroundings;
  const table = await open(connection, flags, surroundings);
  for (const note of table.target.notes) stderr.write(`migtop: note: ${note}\n`);
  const output = createOutput(stdout);
  const lines = createWatchLines(flags.redact, () => new Date(date()).toISOString());
  let isWriting = false;
  const onState = (state: MonitorState, leave: (code: number) => void): void => {
    // While the reader is slow, nothing is kept for it: the next line has the newest state.
    if (isWriting) return;
    const line = lines(state);
    if (line === null) return;
    const json = JSON.stringify(line);
    isWriting = true;
    output.write(`${isUtf8(env) ? json : asciiJson(json)}\n`).then(
      (isOpen) => {
        isWriting = false;
        if (isOpen) onState(state, leave);
      },
      (error) => {
        stderr.write(surroundings.errorReport('migtop: ', error));
        leave(1);
      },
    );
  };
  return runWithoutScreen({ table, flags, output, onState }, surroundings);
}

/** Makes the next line for a state; null if nothing has happened since the last one. */
export function createWatchLines(redact: boolean, clock: () => string): (state: MonitorState) => WatchLine | null {
  let written: MonitorState['latest'] = null;
  let lost: string | null = null;
  let known: ReadonlyMap<string, string> = new Map();
  return (state) => {
    const { connection, latest } = state;
    if (connection.kind === 'lost') {
      const key = `${connection.attempt} ${connection.problem}`;
      if (lost === key) return null;
      lost = key;
      return { event: 'lost', at: clock(), attempt: connection.attempt, problem: connection.problem };
    }
    if (lost !== null && connection.kind === 'live') {
      lost = null;
      return { event: 'connected', at: clock() };
    }
    if (latest === null || latest === written) return null;
    written = latest;
    const document = documentOf(state.target, {
      observation: latest,
      atLastPoll: latest,
      throughput: [],
      activity: state.activity ?? [],
      auditGaps: state.auditGaps,
      proposedSince: state.proposedSince,
      deadline: state.due.deadline,
    });
    const { failures } = latest.snapshot;
    const listed = failures.map((failure, index) => ({
      key: operationKey(failure),
      failure: document.failures[index],
    }));
    const now = new Map(listed.map(({ key, failure }) => [key, JSON.stringify(failure)]));
    const before = known;
    known = now;
    const changed = listed.flatMap(({ key, failure }) =>
      failure === undefined || before.get(key) === now.get(key) ? [] : [failure],
    );
    const whole = { ...document, failures: changed };
    return { event: 'poll', ...(redact ? statusWithoutValues(whole) : whole) };
  };
}
