/** The name of a worker's connection while the worker processes an operation (its `application_name`). */
export interface SessionName {
  /** The run of the migration, cut if it is too long; '-' if it has no name. */
  readonly run: string;
  readonly workerId: number;
  readonly operationId: number;
  /** Whether the worker has noticed that its operation was paused, and waits. */
  readonly paused: boolean;
}

/** PostgreSQL cuts `application_name` after this many bytes (NAMEDATALEN - 1). */
const roomBytes = 63;
const fixedBytes = 'migtop run= worker= operation= paused'.length;
/** Maximum digits of a SERIAL id, as in the specification. */
const idDigits = 10;
/** Maximum length of a run's name: it fits with any worker and any SERIAL id, so the same run always has the same name. */
const longestRun = 12;

const form = /^migtop run=([!-~]*) worker=(\d{1,10}) operation=(\d{1,16})( paused)?$/;

/**
 * `migtop run=RUN worker=WORKER operation=OPERATION`, and ` paused` while the worker waits because of a pause: printable
 * ASCII, up to 63 bytes including ` paused`.
 */
export function formatSessionName({ run, workerId, operationId, paused }: SessionName): string {
  return `${sessionNamePrefix(run, workerId, operationId)}${operationId}${paused ? ' paused' : ''}`;
}

/**
 * Returns the name up to the operation's id, for statements that learn the id only on the server.
 *
 * @param operationId if known: with a very long id, the run's name is shorter
 */
export function sessionNamePrefix(run: string, workerId: number, operationId = 0): string {
  const room = roomBytes - fixedBytes - `${workerId}`.length - Math.max(idDigits, `${operationId}`.length);
  const name = run.replace(/[^!-~]+/g, '_').slice(0, Math.max(0, Math.min(longestRun, room)));
  return `migtop run=${name} worker=${workerId} operation=`;
}

/** Reads an `application_name`; null if no worker of this library wrote it. */
export function parseSessionName(applicationName: string): SessionName | null {
  const [, run, worker, operation, paused] = form.exec(applicationName) ?? [];
  if (run === undefined) return null;
  const [workerId, operationId] = [Number(worker), Number(operation)];
  if (!Number.isSafeInteger(operationId)) return null;
  return { run, workerId, operationId, paused: paused !== undefined };
}
