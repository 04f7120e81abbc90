/** What the connection of a worker says about itself while the worker is at an operation (its `application_name`). */
export interface WorkerSession {
  /** Which run of the migration the worker belongs to, as far as there is room for it; '-' where it was not named. */
  readonly run: string;
  readonly workerId: number;
  readonly operationId: number;
  /** The worker has noticed that its operation was paused, and waits. */
  readonly paused: boolean;
}

/** PostgreSQL cuts `application_name` after this many bytes (NAMEDATALEN - 1). */
const roomBytes = 63;
const fixedBytes = 'migtop run= worker= operation= paused'.length;
/** Of a SERIAL id, as the specification has it. */
const idDigits = 10;
/** What is left of a run's name, so that one run has one name whichever worker and operation it stands beside. */
const longestRun = 12;

const form = /^migtop run=([!-~]*) worker=(\d{1,10}) operation=(\d{1,16})( paused)?$/;

/**
 * `migtop run=RUN worker=WORKER operation=OPERATION`, and ` paused` while the worker waits because of a pause: printable
 * ASCII, 63 bytes at most with ` paused` too.
 */
export function formatWorkerSession({ run, workerId, operationId, paused }: WorkerSession): string {
  return `${workerSessionPrefix(run, workerId, operationId)}${operationId}${paused ? ' paused' : ''}`;
}

/**
 * The same up to the operation's id, for statements that learn the id only on the server.
 *
 * @param operationId where it is known: a very long one takes its room from the run's name
 */
export function workerSessionPrefix(run: string, workerId: number, operationId = 0): string {
  const room = roomBytes - fixedBytes - `${workerId}`.length - Math.max(idDigits, `${operationId}`.length);
  const name = run.replace(/[^!-~]+/g, '_').slice(0, Math.max(0, Math.min(longestRun, room)));
  return `migtop run=${name} worker=${workerId} operation=`;
}

/** Reads an `application_name`; null where no worker of this library wrote it. */
export function parseWorkerSession(applicationName: string): WorkerSession | null {
  const [, run, worker, operation, paused] = form.exec(applicationName) ?? [];
  if (run === undefined) return null;
  const [workerId, operationId] = [Number(worker), Number(operation)];
  if (!Number.isSafeInteger(operationId)) return null;
  return { run, workerId, operationId, paused: paused !== undefined };
}
