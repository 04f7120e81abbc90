import { setTimeout as wait } from 'node:timers/promises';
import { type Observation, observe } from '../domain/observation.ts';
import type { ControlTable } from '../polling/control-table.ts';

/** How often a sample polls, at the most and at the least, in seconds: reports that come often are told apart. */
const shortestStep = 0.1;
const longestStep = 1;
const steps = 8;

/**
 * Polls for some seconds, so that there are rates. Null where nothing is running: there is nothing to wait for.
 *
 * @param seconds how long; 0 for not at all
 */
export async function sample(table: ControlTable, seconds: number): Promise<Observation | null> {
  if (seconds <= 0) return null;
  const untilMs = performance.now() + seconds * 1000;
  const stepMs = Math.min(longestStep, Math.max(shortestStep, seconds / steps)) * 1000;
  let observation: Observation | null = null;
  for (;;) {
    // The report has all of the history; what the ledger finds of it would count twice.
    observation = observe(observation, { ...(await table.poll([])), history: [] });
    const { counts, operations } = observation.snapshot;
    if ((counts.running ?? 0) === 0 && !operations.some(({ status }) => status === 'running')) return null;
    const leftMs = untilMs - performance.now();
    if (leftMs <= 0) return observation;
    await wait(Math.min(leftMs, stepMs));
  }
}
