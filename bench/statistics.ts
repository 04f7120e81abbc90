/** The median; NaN if there are no numbers. */
export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

/** @param part from 0 to 1; with 0.9, nine of ten numbers are not above the result */
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

/** A number rounded for the results; null if it could not be measured. */
export function rounded(number: number): number | null {
  if (!Number.isFinite(number)) return null;
  const digits = Math.abs(number) >= 100 ? 1 : Math.abs(number) >= 1 ? 2 : 4;
  return Number(number.toFixed(digits));
}

/** The median, 90th percentile and number of samples, as stored in the results. */
export interface Samples {
  readonly median: number | null;
  readonly p90: number | null;
  readonly samples: number;
}

export function samplesOf(numbers: readonly number[]): Samples {
  return { median: rounded(median(numbers)), p90: rounded(quantile(numbers, 0.9)), samples: numbers.length };
}

/** Each number divided by the number at the same position of `others`. */
export function ratios(numbers: readonly number[], others: readonly number[]): number[] {
  return numbers.slice(0, others.length).map((number, index) => number / (others[index] ?? Number.NaN));
}
