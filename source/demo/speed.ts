/**
 * The speed of all workers at a time; 1 is normal. Two periods of variation, and a slow quarter of an hour in the past, make the
 * throughput line look real.
 *
 * @param seconds since the demo started; negative before
 */
export function speedAt(seconds: number): number {
  const minutes = seconds / 60;
  const swell = 0.24 * Math.sin((2 * Math.PI * minutes) / 23);
  const ripple = 0.13 * Math.sin((2 * Math.PI * minutes) / 6.1 + 1) + 0.06 * Math.sin((2 * Math.PI * minutes) / 1.7);
  const trouble = 0.62 * Math.exp(-(((minutes + 34) / 3.2) ** 2));
  return Math.max(0.15, 1 + swell + ripple - trouble);
}
