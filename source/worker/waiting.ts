import { checkPause } from './progress.ts';
import type { WorkerSession } from './session.ts';
import { enter } from './starting.ts';

/** Milliseconds between two checks of the status, if the caller gives none. */
const pauseMs = 1000;

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
  options: WaitOptions,
): Promise<'continue' | 'stop'> {
  for (;;) {
    const resumed = await waitUntilResumed(session, id, options);
    if (resumed !== 'queued') return resumed;
    // The first worker that enters it continues it.
    const entry = await enter(session, id);
    if (entry?.mine !== true) return 'stop';
    if (entry.operation.status !== 'paused') return entry.operation.status === 'running' ? 'continue' : 'stop';
    await sleep(options.pollIntervalMs ?? pauseMs, options.signal);
  }
}

/**
 * As `waitWhilePaused`, but claims no pending operation: resolves to `queued` once it is one. Other workers may have done records of the same
 * work since it was put back.
 */
export async function waitUntilResumed(
  session: WorkerSession,
  id: number,
  { signal, pollIntervalMs = pauseMs }: WaitOptions,
): Promise<'continue' | 'queued' | 'stop'> {
  while (signal?.aborted !== true) {
    const { status, mine } = await checkPause(session, id);
    if (!mine) return 'stop';
    if (status === 'pending') return 'queued';
    if (status === 'running') {
      // Resumed, perhaps without a worker id: the first worker that enters it continues it.
      const entry = await enter(session, id);
      if (entry?.mine !== true) return 'stop';
      if (entry.operation.status === 'running') return 'continue';
      if (entry.operation.status !== 'paused') return 'stop';
    } else if (status !== 'paused') return 'stop';
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
