import type { Statement } from './literals.ts';

/**
 * What a role or a database may have set otherwise (ALTER ROLE … SET) and what would change an answer, or end it early. For
 * the transaction only: behind a pooler another client uses the session next.
 */
const neutral: readonly Statement[] = [
  // A negative one rounds timestamps, by years.
  { text: 'SET LOCAL extra_float_digits = 1' },
  // The name of the table, as it is shown and compared.
  { text: 'SET LOCAL quote_all_identifiers = off' },
  // Off makes an error of every read that a policy restricts.
  { text: 'SET LOCAL row_security = on' },
  // A read waits for its own bound, not for the role's.
  { text: 'SET LOCAL lock_timeout = 0' },
];

/** From this version on there is a `transaction_timeout`, which ends the connection. */
const transactionTimeoutVersion = 170_000;

/** @param serverVersion as `server_version_num` has it; null where it is not known yet */
export function neutralSettings(serverVersion: number | null): readonly Statement[] {
  if (serverVersion === null || serverVersion < transactionTimeoutVersion) return neutral;
  return [...neutral, { text: 'SET LOCAL transaction_timeout = 0' }];
}

/**
 * Every read begins with it: all of its statements see one moment and change nothing, and `serializable` as a role's default
 * would be refused by a standby.
 */
export const oneMoment: Statement = { text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY' };
