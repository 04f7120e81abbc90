import { claimersOf } from '../domain/claimers.ts';
import type { Observation } from '../domain/observation.ts';
import type { Operation, Phase } from '../domain/operation.ts';
import { stallsOf } from '../domain/stalled-operations.ts';
import { count } from './figures.ts';

/**
 * Why nobody begins a pending operation, as far as the sessions and the other operations show it, in full and in few words; null if
 * they do not.
 */
export function notBegun(
  observation: Observation,
  { phase }: Pick<Operation, 'phase'>,
): { readonly text: string; readonly brief: string } | null {
  const { snapshot } = observation;
  const { known, able, waiting } = claimersOf(snapshot, stallsOf(observation), observation.seenWorkers);
  if (known > 0 && able === 0 && waiting.length === 0)
    return {
      text: 'no worker is seen that may claim it: those connected are stalled or held by a pause',
      brief: 'no worker is free',
    };
  const running = snapshot.operations.filter((one) => one.status === 'running');
  if (running.length === 0)
    return { text: 'nothing is running: start a worker that claims it', brief: 'start a worker' };
  const elsewhere = workElsewhere(observation, phase);
  return elsewhere === null ? null : { text: elsewhere, brief: `no worker in the ${phase}` };
}

/** Says that all running operations are in other phases than a pending one; null if they are not, or none is running. */
export function workElsewhere({ snapshot }: Pick<Observation, 'snapshot'>, phase: Phase): string | null {
  const running = snapshot.operations.filter((one) => one.status === 'running');
  if (running.length === 0 || running.some((one) => one.phase === phase)) return null;
  const where = [...new Set(running.map((one) => one.phase))].join(', ');
  return `no worker works in the ${phase}: ${count(running.length)} in the ${where}`;
}
