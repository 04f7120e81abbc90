/** Waits for a maximum of `ms`. Leaves no timer, which would delay the end of the program. */
export async function atMost(work: Promise<unknown>, ms: number): Promise<void> {
  const limit = Promise.withResolvers<void>();
  const timer = setTimeout(limit.resolve, ms);
  await Promise.race([work, limit.promise]).finally(() => clearTimeout(timer));
}
