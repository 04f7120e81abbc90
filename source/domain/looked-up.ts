import type { Outcome } from './transitions.ts';

/** The state of a row after an action whose answer was lost. */
export interface LookedUp {
  readonly result: 'applied' | 'not applied' | 'unclear';
  /** The current status of the row; null if the row is no longer in the table. */
  readonly status: string | null;
  /** The current version of the row. */
  readonly version: string | null;
  /** The database's clock. */
  readonly at: number;
}

/** The outcome of an action that was looked up; if that shows nothing, it is still unknown. */
export function outcomeLookedUp({ result, status, version, at }: LookedUp): Outcome {
  switch (result) {
    case 'applied':
      return { kind: 'applied', version: version ?? '', hadCompletedAt: false, at, isUnconfirmed: false };
    case 'not applied':
      return { kind: 'not applied' };
    case 'unclear':
      return { kind: 'unknown', reason: status === null ? 'it is no longer in the table' : `it is ${status} now` };
  }
}
