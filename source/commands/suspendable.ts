import type { ControlTable } from '../polling/control-table.ts';
import type { Surroundings } from './surroundings.ts';

/** Maximum time to cancel running queries before the program stops, in milliseconds. */
const cancelMs = 1000;

/**
 * Runs work that only reads. On ctrl-z it cancels the queries on the server, because a stopped program could not end them,
 * and runs the work again afterwards.
 */
export async function suspendable<T>(
  table: Pick<ControlTable, 'quiesce'>,
  { onSignal, canSuspend, suspend }: Surroundings,
  work: () => Promise<T>,
): Promise<T> {
  let suspensions = 0;
  let stopped: Promise<void> | null = null;
  const stopListening = onSignal(['SIGTSTP'], () => {
    if (stopped !== null || !canSuspend()) return;
    suspensions += 1;
    stopped = table
      .quiesce({ graceMs: 0, limitMs: cancelMs })
      .then(suspend)
      .finally(() => {
        stopped = null;
      });
  });
  try {
    for (;;) {
      const before = suspensions;
      try {
        return await work();
      } catch (error) {
        if (suspensions === before) throw error;
        await stopped;
      }
    }
  } finally {
    stopListening();
  }
}
