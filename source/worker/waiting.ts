import { checkPause } from './progress.ts';
import type { WorkerSession } from './session.ts';
import { enter } from './starting.ts';

export interface WaitOptions {
  /** Ends the wait with `stop`. The operation stays paused. */
  readonly signal?: AbortSignal | undefined;
  /** Time between two checks of the status, in milliseconds. Default: 1000. */
  readonly pollIntervalMs?: number | undefined;
}

/** Waits until a paused operation is resumed. Resolves to `stop` if it ended, another worker has it, or the signal was aborted. */
export async function waitWhilePaused(
  session: WorkerSession,
  id: number,
  { signal, pollIntervalMs = 1000 }: WaitOptions,
): Promise<'continue' | 'stop'> {
  while (signal?.aborted !== true) {
    const { status, mine } = await checkPause(session, id);
    if (status === 'running' || status === 'pending') {
      // Resumed, perhaps to pending or without a worker id: the first worker that enters it continues it.
      const entry = mine ? await enter(session, id) : null;
      if (entry?.mine !== true) return 'stop';
      if (entry.operation.status === 'running') return 'continue';
      if (entry.operation.status !== 'paused') return 'stop';
    } else if (status !== 'paused' || !mine) return 'stop';
    await sleep(pollIntervalMs, signal);
  }
  return 'stop';
}

/** Resolves after that time, or when the signal fires. */
export function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener('abort', end, { once: true });
    if (signal?.aborted === true) end();
  });
}
