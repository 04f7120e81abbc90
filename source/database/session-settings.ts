import type { Statement } from './literals.ts';

/**
 * Settings of a role or a database (ALTER ROLE … SET) that could change an answer or end it early, reset to neutral values. For
 * the transaction only: behind a pooler, another client uses the session next.
 */
const neutral: readonly Statement[] = [
  // A negative value rounds timestamps, even by years.
  { text: 'SET LOCAL extra_float_digits = 1' },
  // `on` would change the spelling of the table's name, which migtop shows and compares.
  { text: 'SET LOCAL quote_all_identifiers = off' },
  // With off, a NULL in a list of values is read as the word.
  { text: 'SET LOCAL array_nulls = on' },
  // With off, every read that a policy restricts fails.
  { text: 'SET LOCAL row_security = on' },
  // statement_timeout limits the waits of a read, not the role's lock_timeout.
  { text: 'SET LOCAL lock_timeout = 0' },
];

/** The first version with `transaction_timeout`, which ends the connection. */
const transactionTimeoutVersion = 170_000;

/** @param serverVersion the value of `server_version_num`; null if it is not known yet */
export function neutralSettings(serverVersion: number | null): readonly Statement[] {
  return [...neutral, ...noTransactionTimeout(serverVersion)];
}

/** @param serverVersion as in {@link neutralSettings} */
export function noTransactionTimeout(serverVersion: number | null): readonly Statement[] {
  if (serverVersion === null) return [noTransactionTimeoutWhereKnown];
  if (serverVersion < transactionTimeoutVersion) return [];
  return [{ text: 'SET LOCAL transaction_timeout = 0' }];
}

/** Sets no transaction timeout on a server whose version is not known yet, and which may not have the setting. */
const noTransactionTimeoutWhereKnown: Statement = {
  text: `SELECT pg_catalog.set_config(name, '0', true) FROM pg_catalog.unnest(ARRAY['transaction_timeout']) AS name
WHERE pg_catalog.current_setting(name, true) IS NOT NULL`,
};

/**
 * The first statement of every read: all statements of the read use one snapshot and change nothing. It also replaces a role's
 * default of `serializable`, which a standby refuses.
 */
export const oneMoment: Statement = { text: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY' };
