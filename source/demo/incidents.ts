import { failing, type PlannedBatch, retried } from './batch.ts';
import type { Random } from './random.ts';
import { failureMessages } from './stories.ts';

type Incident =
  | { readonly kind: 'stall' }
  | { readonly kind: 'failure'; readonly message: keyof typeof failureMessages; readonly left?: true };

/** How long a stalled worker makes no progress, in seconds. */
const stallSeconds = 90;

/** The incidents of the queued batches, by their position in the queue, from 0. */
const incidents: ReadonlyMap<number, Incident> = new Map<number, Incident>([
  [3, { kind: 'failure', message: 'deadlock' }],
  [9, { kind: 'failure', message: 'outOfRange', left: true }],
  [14, { kind: 'stall' }],
  [19, { kind: 'failure', message: 'connectionReset' }],
  [28, { kind: 'failure', message: 'badBytes', left: true }],
  [33, { kind: 'stall' }],
  [38, { kind: 'failure', message: 'deadlock' }],
  [50, { kind: 'failure', message: 'connectionReset' }],
  [56, { kind: 'stall' }],
]);

/** Adds the failures and stalls of the next 15 minutes to the queued batches. */
export function withIncidents(queue: readonly PlannedBatch[], random: Random): PlannedBatch[] {
  return queue.map((batch, index) => {
    const incident = incidents.get(index);
    if (incident === undefined) return batch;
    if (incident.kind === 'stall') return stalling(batch, Math.floor(batch.records * (0.2 + 0.5 * random())));
    const failed = failing(batch, 0.25 + 0.5 * random(), failureMessages[incident.message](random));
    return incident.left ? failed : retried(failed, 8 + 12 * random());
  });
}

/** Returns the batch, which stalls after `atRecord` records. */
export function stalling(batch: PlannedBatch, atRecord: number): PlannedBatch {
  return { ...batch, stall: { atRecord, seconds: stallSeconds } };
}
