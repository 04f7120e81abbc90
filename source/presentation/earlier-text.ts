import { type EarlierCounts, hasEarlier } from '../domain/earlier.ts';
import { count } from './figures.ts';

/** The operations that `--since` does not show: `3 running, 63 failed`. */
export function earlierText({ running, paused, failed }: EarlierCounts): string {
  return [
    running > 0 ? `${count(running)} running` : '',
    paused > 0 ? `${count(paused)} paused` : '',
    failed > 0 ? `${count(failed)} failed` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

/**
 * The same for line 1, after the restriction, from the longest to the shortest text: `, before: 3 running, 63 failed`,
 * `, 66 not done before`.
 */
export function earlierMarks(counts: EarlierCounts): readonly string[] {
  const { running, paused, failed } = counts;
  const all = count(running + paused + failed, 5);
  return [`, before: ${earlierText(counts)}`, `, ${all} not done before`, `, ${all} before`];
}

/** The same for `status`; nothing without such operations. */
export function earlierLines(document: {
  readonly since: { readonly text: string } | null;
  readonly earlier: EarlierCounts | null;
}): readonly string[] {
  const { since, earlier } = document;
  return hasEarlier(earlier) ? [`before ${since?.text}, in no other figure: ${earlierText(earlier)}`] : [];
}
