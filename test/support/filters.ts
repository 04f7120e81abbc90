import { parseFilter } from '../../source/domain/filter/parse.ts';
import { type Facts, only, type ResolvedFilter, resolveFilter } from '../../source/domain/filter/resolve.ts';

/** Facts of a client that knows of no operation more than its row says. */
export const noFacts: Facts = { now: 0, zone: undefined, is: () => only([]), ofKind: () => [], actedOnBy: () => [] };

/**
 * A filter from its text.
 *
 * @throws {Error} if the text is no filter
 */
export function filterOf(text: string, facts: Facts = noFacts): ResolvedFilter {
  const parsed = parseFilter(text);
  if (parsed.kind === 'wrong') throw new Error(`${text}: ${parsed.problem}, at ${parsed.at}`);
  return resolveFilter(parsed.filter, facts);
}
