import { setTimeout as wait } from 'node:timers/promises';
import { type Observation, observe } from '../domain/observation.ts';
import type { ControlTable } from '../polling/control-table.ts';

/** Minimum and maximum seconds between two polls of a sample: short, to tell frequent reports of workers apart. */
const shortestStep = 0.1;
const longestStep = 1;
const steps = 8;

/**
 * Polls for some seconds to measure rates. Null if nothing is running.
 *
 * @param seconds for how many seconds; 0: not at all
 */
export async function sample(table: ControlTable, seconds: number): Promise<Observation | null> {
  if (seconds <= 0) return null;
  const untilMs = performance.now() + seconds * 1000;
  const stepMs = Math.min(longestStep, Math.max(shortestStep, seconds / steps)) * 1000;
  let observation: Observation | null = null;
  for (;;) {
    // The report has all of the history; the ledger's part of it would count twice.
    const snapshot = { ...(await table.poll([])), history: [] };
    // Changes before the sample are no part of its rates.
    observation = observe(observation, observation === null ? { ...snapshot, gained: null } : snapshot);
    const { counts, operations } = observation.snapshot;
    if ((counts.running ?? 0) === 0 && !operations.some(({ status }) => status === 'running')) return null;
    const leftMs = untilMs - performance.now();
    if (leftMs <= 0) return observation;
    await wait(Math.min(leftMs, stepMs));
  }
}
