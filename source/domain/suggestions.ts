/** Advice on an error, by the meaning of its SQLSTATE (PostgreSQL manual, appendix A). */
const bySqlState: readonly (readonly [state: RegExp, suggestion: string])[] = [
  [/^23503$/, 'a parent row is missing: migrate the parent table first, then retry'],
  [/^23505$/, 'the record is there already: find out which attempt copied it before you retry'],
  [/^23502$/, 'a column that must have a value got NULL: give it a default in the source query'],
  [/^23514$/, 'a value breaks a check of the target table: correct it in the source query'],
  [/^23P01$/, 'a record overlaps another one: decide which of them is right'],
  [/^22001$/, 'a text is longer than its column: widen the column, or cut the text in the source query'],
  [/^22003$/, 'a number is outside the range of its column: widen the column'],
  [/^220(?:07|08|09)$/, 'a date or time cannot be read: correct it in the source query'],
  [/^22P0[23]$/, 'a value does not have the form of its type: correct it in the source query'],
  [/^(?:22021|22P05)$/, 'a text has bytes that the target encoding does not have: convert it in the source query'],
  [/^22012$/, 'a division by zero: guard the divisor in the query'],
  [/^40001$|^40P01$/, 'two transactions blocked each other: a retry usually succeeds'],
  [/^55P03$/, 'a lock was not free: find the session that holds it, then retry'],
  [/^57014$/, 'a time limit or a person cancelled it: retry with a smaller batch, or raise statement_timeout'],
  [/^57P0[1-5]$|^08/, 'the connection was lost: see whether the server restarted, then retry'],
  [/^53100$/, 'the disk of the server is full: make room, then retry'],
  [/^53200$/, 'the server ran out of memory: retry with a smaller batch'],
  [/^53300$/, 'all connections of the server are taken: use fewer workers, then retry'],
  [/^42501$/, 'a privilege is missing: grant it to the role of the workers, then retry'],
  [/^42P01$|^3F000$/, 'a table is missing: create it, or correct the search path, then retry'],
  [/^42703$/, 'a column is missing: correct the mapping, then retry'],
  [/^42883$/, 'a function is missing: create it, or correct the search path, then retry'],
  [/^42601$/, 'the query is not valid SQL: correct it, then retry'],
  [/^28/, 'the workers cannot log in: check their role and password'],
  [/^25006$/, 'the server takes no writes: is it a standby?'],
  [/^0A000$/, 'PostgreSQL does not support this: another query is needed'],
  [/^XX/, 'PostgreSQL reports an internal or corruption error: look into the log of the server before you retry'],
];

/** The SQLSTATEs of messages, since most errors do not name theirs. */
const byMessage: readonly (readonly [message: RegExp, state: string])[] = [
  [/violates foreign key constraint|foreign key constraint violation|is not present in table/i, '23503'],
  [/duplicate key value violates unique constraint/i, '23505'],
  [/violates not-null constraint/i, '23502'],
  [/violates check constraint/i, '23514'],
  [/violates exclusion constraint/i, '23P01'],
  [/value too long for type/i, '22001'],
  [/out of range|numeric field overflow/i, '22003'],
  [/invalid byte sequence for encoding|has no equivalent in encoding/i, '22021'],
  [/invalid input (?:syntax|value)/i, '22P02'],
  [/division by zero/i, '22012'],
  [/deadlock detected/i, '40P01'],
  [/could not serialize access/i, '40001'],
  [/could not obtain lock|canceling statement due to lock timeout/i, '55P03'],
  [/canceling statement due to (?:statement timeout|user request)/i, '57014'],
  [/terminating connection|connection (?:reset|refused|terminated)|server closed the connection|broken pipe/i, '08006'],
  [/no space left on device/i, '53100'],
  [/out of memory/i, '53200'],
  [/too many (?:clients|connections)|remaining connection slots/i, '53300'],
  [/permission denied/i, '42501'],
  [/relation .* does not exist/i, '42P01'],
  [/column .* does not exist/i, '42703'],
  [/function .* does not exist/i, '42883'],
  [/syntax error at/i, '42601'],
  [/password authentication failed/i, '28P01'],
  [/read-only transaction/i, '25006'],
];

/**
 * Returns the advice on a kind of failure; null if its SQLSTATE or message is not in the lists above.
 *
 * @param kind the error without its particulars (domain/failure-kind.ts)
 */
export function suggestionFor(kind: string, sqlState: string | null): string | null {
  const state = sqlState ?? byMessage.find(([message]) => message.test(kind))?.[1];
  if (state === undefined) return null;
  return bySqlState.find(([one]) => one.test(state))?.[1] ?? null;
}

/** The foreign key that an error names, and the parent table if it names it too; null for other errors. */
export function foreignKeyOf(
  error: string | null,
): { readonly constraint: string; readonly parent: string | null } | null {
  const constraint = /violates foreign key constraint "([^"\n]{1,200})"/.exec(error ?? '')?.[1];
  if (constraint === undefined) return null;
  return { constraint, parent: /is not present in table "([^"\n]{1,200})"/.exec(error ?? '')?.[1] ?? null };
}
