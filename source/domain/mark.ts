/**
 * The mark that `migtop/worker` writes on a row: a block comment at the end of `validation_query`, so that the table needs no
 * additional column and the query still runs:
 *
 *     SELECT count(*) FROM brackets /* migtop run=dispatch counts=own from=1000 repeats=10 worked=61.5 *\/
 *
 * The words are always in this order, separated by one space. A row without a validation query has only the comment. A
 * comment in any other form is not a mark.
 */
export interface Mark {
  /** The run of the migration (`ControlOptions.run`); null if the worker named none: `run=-`. */
  readonly run: string | null;
  /**
   * How many records of the same work were done when the row's own counter was 0; null if unknown. The row's
   * counter counts only its own records (`counts=own`), so `from` plus the counter is how far the work is.
   */
  readonly from: number | null;
  /** Whether `from` counts the records of this operation's work only, not those of the whole table: `from=300 of=operation`. */
  readonly ofOperation: boolean;
  /**
   * How many records of the whole table were done when the row was started, retried or put back into the queue without a record:
   * `from=1000 of=table`. Others may have done more since, so `from` is null.
   */
  readonly atLeast?: number;
  /** The id of the operation that this one repeats or continues. */
  readonly repeats: number | null;
  /** Whether the worker's connection is behind a pooler: then no session shows whether the worker is at work. */
  readonly isPooled?: boolean;
  /** For how many seconds workers processed the row before it was last put back into the queue; null if it never was. */
  readonly worked: number | null;
}

export const emptyMark: Mark = { run: null, from: null, ofOperation: false, repeats: null, worked: null };

const form =
  /(?:^| )\/\* migtop run=([\w.~%-]+) counts=own( pooled)?(?: from=(0|[1-9]\d{0,15})( of=operation| of=table)?)?(?: repeats=(-?[1-9]\d{0,15}|0))?(?: worked=(\d{1,12}(?:\.\d{1,6})?))? \*\/$/;

/** Splits a `validation_query` into its owner's own text and the mark; the text is null if there is only the mark. */
export function readMark(validationQuery: string | null): { readonly text: string | null; readonly mark: Mark | null } {
  const match = validationQuery === null ? null : form.exec(validationQuery);
  if (validationQuery === null || match === null) return { text: validationQuery, mark: null };
  const [comment, name = '', pooled, from, of, repeats, worked] = match;
  const run = decodeRun(name);
  const numbers = [Number(from ?? 0), Number(repeats ?? 0)];
  const isOfTable = of === ' of=table';
  if (run === undefined || !numbers.every(Number.isSafeInteger)) return { text: validationQuery, mark: null };
  return {
    text: comment.startsWith(' ') ? validationQuery.slice(0, match.index) : null,
    mark: {
      run,
      from: from === undefined || isOfTable ? null : Number(from),
      ofOperation: of === ' of=operation',
      ...(isOfTable ? { atLeast: Number(from) } : {}),
      repeats: repeats === undefined ? null : Number(repeats),
      worked: worked === undefined ? null : Number(worked),
      ...(pooled === undefined ? {} : { isPooled: true }),
    },
  };
}

/** The text of `validation_query` with its mark; an existing mark is replaced. */
export function writeMark(
  validationQuery: string | null,
  { run, isPooled, from, ofOperation, atLeast, repeats, worked }: Mark,
): string {
  const { text } = readMark(validationQuery);
  const words = [
    `run=${encodeRun(run)}`,
    'counts=own',
    ...(isPooled === true ? ['pooled'] : []),
    ...(from === null ? [] : [`from=${from}`, ...(ofOperation ? ['of=operation'] : [])]),
    ...(from === null && atLeast !== undefined ? [`from=${atLeast} of=table`] : []),
    ...(repeats === null ? [] : [`repeats=${repeats}`]),
    ...(worked === null ? [] : [`worked=${worked}`]),
  ];
  return `${text === null ? '' : `${text} `}/* migtop ${words.join(' ')} */`;
}

/** Percent-encodes characters that would end the comment or the word. */
function encodeRun(run: string | null): string {
  if (run === null) return '-';
  if (run === '-' || run === '') return run === '' ? '%' : '%2D';
  return encodeURIComponent(run.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Undefined if no run has this encoded form. */
function decodeRun(name: string): string | null | undefined {
  if (name === '-') return null;
  try {
    const run = name === '%' ? '' : decodeURIComponent(name);
    return encodeRun(run) === name ? run : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether an operation has the mark of migtop/worker. Only then is it sure that its worker gives it up where another one has taken it: a worker of
 * another program may have the same number.
 */
export function hasMark({ validationQuery }: { readonly validationQuery: string | null }): boolean {
  return readMark(validationQuery).mark !== null;
}
