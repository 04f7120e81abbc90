/** The middle of the numbers; NaN where there are none. */
export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

/** @param part from 0 to 1: 0.9 is what nine of ten numbers do not exceed */
export function quantile(numbers: readonly number[], part: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const position = (sorted.length - 1) * part;
  const low = sorted[Math.floor(position)] ?? Number.NaN;
  const high = sorted[Math.ceil(position)] ?? Number.NaN;
  return low + (high - low) * (position - Math.floor(position));
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** A figure as it is written down: three significant digits more than enough, null where it could not be measured. */
export function rounded(number: number): number | null {
  if (!Number.isFinite(number)) return null;
  const digits = Math.abs(number) >= 100 ? 1 : Math.abs(number) >= 1 ? 2 : 4;
  return Number(number.toFixed(digits));
}

/** The median, p90 and count of one side's samples, as the results hold them. */
export interface Samples {
  readonly median: number | null;
  readonly p90: number | null;
  readonly samples: number;
}

export function samplesOf(numbers: readonly number[]): Samples {
  return { median: rounded(median(numbers)), p90: rounded(quantile(numbers, 0.9)), samples: numbers.length };
}

/** Each of the first to its counterpart of the second. */
export function ratios(numbers: readonly number[], others: readonly number[]): number[] {
  return numbers.slice(0, others.length).map((number, index) => number / (others[index] ?? Number.NaN));
}
