import type { Operation } from './operation.ts';
import type { Snapshot, SummedGain } from './snapshot.ts';
import type { Gain } from './tracks.ts';

/** Records that one operation gained, or several that the server added up. */
export interface AnyGain extends Gain {
  /** If it is the sum of several operations: how many, and the mean of their reports. */
  readonly operations?: number;
  readonly ofOne?: { readonly records: number; readonly seconds: number };
}

/** How many operations were added up. */
export function summedOperations({ summed = [] }: Pick<Snapshot, 'summed'>): number {
  return summed.reduce((all, { operations }) => all + operations, 0);
}

/** The gains of operations that were added up: one for each phase, table and worker. */
export function summedGains({ summed = [], takenAt }: Pick<Snapshot, 'summed' | 'takenAt'>): readonly AnyGain[] {
  return summed.flatMap((gain, index): AnyGain[] => {
    const { records, firstEnd, lastEnd, seconds, operations } = gain;
    if (records <= 0) return [];
    const to = Math.min(lastEnd, takenAt);
    const from = Math.min(firstEnd - (seconds ?? 0), to);
    const ofOne = { records: records / operations, seconds: seconds ?? (to - from) / operations };
    return [{ from, to, records, operation: standIn(gain, index), isFirst: false, isOfEnded: true, operations, ofOne }];
  });
}

/** Stands for the operations of a gain. No row has its id. */
function standIn({ phase, tableName, workerId, records, lastEnd }: SummedGain, index: number): Operation {
  return {
    id: -1 - index,
    phase,
    tableName,
    workerId,
    operation: '',
    status: 'completed',
    recordsProcessed: records,
    totalRecords: null,
    startedAt: null,
    completedAt: lastEnd,
    errorMessage: null,
    batchSize: null,
    sourceQuery: null,
    validationQuery: null,
    version: null,
    identity: '',
  };
}
