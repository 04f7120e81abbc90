/** The operations that `--since` selects, as it was given. */
interface Restriction {
  readonly text: string;
}

/** The place of the current phase in a text, if the table has no operations, or none that `--since` selects. */
export function noPhaseText(since: Restriction | null | undefined): string {
  return since == null ? 'no operations yet' : `no operations since ${since.text}`;
}

/** The text of a list without operations. */
export function noOperationsText(since: Restriction | null | undefined): string {
  return since == null ? 'the table has no operations yet' : `the table has no operations since ${since.text}`;
}
