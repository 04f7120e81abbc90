import { rounded } from './statistics.ts';

/** One target of the bench, with the result of this run. */
export interface Claim {
  readonly what: string;
  /** As text: `<= 1.5`. Empty if there is no target. */
  readonly target: string;
  /** Null if it could not be measured. */
  readonly measured: number | null;
  readonly unit: string;
  /** Whether the target was met; null without a target or without a measurement. */
  readonly met: boolean | null;
}

export function atMost(limit: number, what: string, measured: number, unit = ''): Claim {
  return claim(`<= ${limit}`, what, measured, unit, measured <= limit);
}

export function atLeast(limit: number, what: string, measured: number, unit = ''): Claim {
  return claim(`>= ${limit}`, what, measured, unit, measured >= limit);
}

/** A count that must be 0. */
export function none(what: string, measured: number): Claim {
  return claim('0', what, measured, '', measured === 0);
}

/** A value without a target, for comparison. */
export function comparison(what: string, measured: number, unit = ''): Claim {
  return { what, target: '', measured: rounded(measured), unit, met: null };
}

function claim(target: string, what: string, measured: number, unit: string, met: boolean): Claim {
  return { what, target, measured: rounded(measured), unit, met: Number.isFinite(measured) ? met : null };
}
