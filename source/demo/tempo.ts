/**
 * How fast everything goes at a moment, 1 being ordinary: slow swells, quicker ripples, and one bad quarter of an hour
 * in the past, so that the throughput line has a story of its own.
 *
 * @param seconds since the demo began; negative before
 */
export function tempo(seconds: number): number {
  const minutes = seconds / 60;
  const swell = 0.24 * Math.sin((2 * Math.PI * minutes) / 23);
  const ripple = 0.13 * Math.sin((2 * Math.PI * minutes) / 6.1 + 1) + 0.06 * Math.sin((2 * Math.PI * minutes) / 1.7);
  const trouble = 0.62 * Math.exp(-(((minutes + 34) / 3.2) ** 2));
  return Math.max(0.15, 1 + swell + ripple - trouble);
}
