import { look } from './progress.ts';
import type { Session } from './session.ts';
import { enter } from './starting.ts';

export interface WaitOptions {
  /** Ends the wait with 'stop'. The operation stays paused. */
  readonly signal?: AbortSignal | undefined;
  /** How often to look, in milliseconds. Default: 1000. */
  readonly pollIntervalMs?: number | undefined;
}

export async function waitWhilePaused(
  session: Session,
  id: number,
  { signal, pollIntervalMs = 1000 }: WaitOptions,
): Promise<'continue' | 'stop'> {
  while (signal?.aborted !== true) {
    const { status, mine } = await look(session, id);
    if (status === 'running' || status === 'pending') {
      // Resumed, perhaps into the queue, or without a worker's number: whoever takes it up first goes on with it.
      const entry = mine ? await enter(session, id) : null;
      if (entry?.mine !== true) return 'stop';
      if (entry.operation.status === 'running') return 'continue';
      if (entry.operation.status !== 'paused') return 'stop';
    } else if (status !== 'paused' || !mine) return 'stop';
    await sleep(pollIntervalMs, signal);
  }
  return 'stop';
}

/** Resolves after the time, or when the signal fires. */
function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
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
