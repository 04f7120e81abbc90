import { type EarlierCounts, hasEarlier } from '../domain/earlier.ts';
import { parseSince } from '../domain/since.ts';
import { count } from './figures.ts';

/** The operations that `--since` does not show: `3 running, 11 pending, 63 failed`. */
export function earlierText({ pending, running, paused, failed }: EarlierCounts): string {
  return [
    running > 0 ? `${count(running)} running` : '',
    paused > 0 ? `${count(paused)} paused` : '',
    pending > 0 ? `${count(pending)} pending` : '',
    failed > 0 ? `${count(failed)} failed` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

/**
 * The text of line 1 about these operations, after the restriction, from the longest to the shortest: `, before: 3 running, 63 failed`,
 * `, 66 open or failed before`. Failed ones may be resolved.
 */
export function earlierMarks(counts: EarlierCounts): readonly string[] {
  const { pending, running, paused, failed } = counts;
  const open = pending + running + paused;
  const all = count(open + failed, 5);
  const what = [open > 0 ? 'open' : '', failed > 0 ? 'failed' : ''].filter(Boolean).join(' or ');
  return [`, before: ${earlierText(counts)}`, `, ${all} ${what} before`, `, ${all} before`];
}

/**
 * The operations that `--since` leaves out: `left out, began more than 15m ago: 2 running (not checked for stalls), 63 failed`.
 *
 * @param since as the operator wrote it
 */
export function earlierLine(since: string, counts: EarlierCounts): string {
  const kind = parseSince(since)?.kind;
  const place =
    kind === 'id' ? `below id ${since}` : kind === 'ago' ? `began more than ${since} ago` : `began before ${since}`;
  return `left out, ${place}: ${earlierText(counts).replace(/running/, 'running (not checked for stalls)')}`;
}

/** The line of `status` about operations that `--since` hides; none if there are no such operations. */
export function earlierLines(document: {
  readonly since: { readonly text: string } | null;
  readonly earlier: EarlierCounts | null;
}): readonly string[] {
  const { since, earlier } = document;
  return hasEarlier(earlier) && since !== null ? [earlierLine(since.text, earlier)] : [];
}
