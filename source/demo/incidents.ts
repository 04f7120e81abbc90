import { type Batch, failing, retried } from './batch.ts';
import type { Random } from './random.ts';
import { mishaps } from './stories.ts';

type Incident =
  | { readonly kind: 'stall' }
  | { readonly kind: 'failure'; readonly mishap: keyof typeof mishaps; readonly left?: true };

/** How long a worker that stalls stands still. */
const stallSeconds = 90;

/** What happens to which of the batches that are still to come, counted from 0. */
const incidents: ReadonlyMap<number, Incident> = new Map<number, Incident>([
  [3, { kind: 'failure', mishap: 'deadlock' }],
  [9, { kind: 'failure', mishap: 'outOfRange', left: true }],
  [14, { kind: 'stall' }],
  [19, { kind: 'failure', mishap: 'connectionReset' }],
  [28, { kind: 'failure', mishap: 'badBytes', left: true }],
  [33, { kind: 'stall' }],
  [38, { kind: 'failure', mishap: 'deadlock' }],
  [50, { kind: 'failure', mishap: 'connectionReset' }],
  [56, { kind: 'stall' }],
]);

/** Puts the failures and stalls of the next quarter of an hour into the batches that are left. */
export function withIncidents(queue: readonly Batch[], random: Random): Batch[] {
  return queue.map((batch, index) => {
    const incident = incidents.get(index);
    if (incident === undefined) return batch;
    if (incident.kind === 'stall') return stalling(batch, Math.floor(batch.records * (0.2 + 0.5 * random())));
    const failed = failing(batch, 0.25 + 0.5 * random(), mishaps[incident.mishap](random));
    return incident.left ? failed : retried(failed, 8 + 12 * random());
  });
}

/** The same batch, standing still for a while once it has moved so many records. */
export function stalling(batch: Batch, atRecord: number): Batch {
  return { ...batch, stall: { atRecord, seconds: stallSeconds } };
}
