/** A timer of Node that is longer ends at once. */
const longestTimerMs = 2 ** 31 - 1;

/** Resolves to the result of the work, or to `late` if it takes longer. The work goes on, and its failure is ignored then. */
export async function withTimeLimit<T>(
  work: Promise<T>,
  seconds: number | null,
): Promise<{ readonly kind: 'done'; readonly value: T } | { readonly kind: 'late' }> {
  if (seconds === null) return { kind: 'done', value: await work };
  const limit = Promise.withResolvers<{ readonly kind: 'late' }>();
  const timer = setTimeout(() => limit.resolve({ kind: 'late' }), Math.min(seconds * 1000, longestTimerMs));
  try {
    return await Promise.race([work.then((value) => ({ kind: 'done', value }) as const), limit.promise]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}
