import type { ControlTable } from '../polling/control-table.ts';
import type { Surroundings } from './surroundings.ts';

/** How long the cancelling of what runs may take before the program stops. */
const cancelMs = 1000;

/**
 * Runs work that only reads, and does it again where ctrl-z has cancelled it: a program that is stopped can end nothing, so
 * what runs on the server is cancelled before.
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
