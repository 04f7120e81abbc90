import { parseSince, sinceText } from '../domain/since.ts';

/** The operations that `--since` selects, as it was given, and the time on the clock of the table. */
interface Restriction {
  readonly text: string;
  readonly startedAt?: number | string | null;
}

/** The operations that `--since` or `S` selects: `operations begun since 09:27 (5m)`, `operations from id 4711 on`. */
export function selectedText({ text, startedAt }: Restriction): string {
  const since = parseSince(text);
  if (since?.kind === 'id') return `operations from id ${text} on`;
  if (since?.kind !== 'ago') return `operations begun since ${text}`;
  if (typeof startedAt !== 'number') return `operations begun in the last ${text}`;
  const at = sinceText(startedAt);
  return `operations begun since ${since.seconds < daySeconds ? at.slice(11) : at} (${text})`;
}

const daySeconds = 86_400;

/** The place of the current phase in a text, if the table has no operations, or none that `--since` selects. */
export function noPhaseText(since: Restriction | null | undefined): string {
  return since == null ? 'no operations yet' : `no ${selectedText(since)}`;
}

/** The text of a list without operations. */
export function noOperationsText(since: Restriction | null | undefined): string {
  return since == null ? 'the table has no operations yet' : `the table has no ${selectedText(since)}`;
}
