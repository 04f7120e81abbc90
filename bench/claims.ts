import { rounded } from './statistics.ts';

/** One of the promises that the bench checks, and what came of it in this run. */
export interface Claim {
  readonly what: string;
  /** As a reader reads it: `<= 1.5`. */
  readonly target: string;
  /** Null where it could not be measured. */
  readonly measured: number | null;
  readonly unit: string;
  /** Null where there is no target, or nothing to hold against it. */
  readonly met: boolean | null;
}

export function atMost(limit: number, what: string, measured: number, unit = ''): Claim {
  return claim(`<= ${limit}`, what, measured, unit, measured <= limit);
}

export function atLeast(limit: number, what: string, measured: number, unit = ''): Claim {
  return claim(`>= ${limit}`, what, measured, unit, measured >= limit);
}

/** A count of what must not happen. */
export function none(what: string, measured: number): Claim {
  return claim('0', what, measured, '', measured === 0);
}

/** What stands beside, for comparison. */
export function beside(what: string, measured: number, unit = ''): Claim {
  return { what, target: '', measured: rounded(measured), unit, met: null };
}

function claim(target: string, what: string, measured: number, unit: string, met: boolean): Claim {
  return { what, target, measured: rounded(measured), unit, met: Number.isFinite(measured) ? met : null };
}
