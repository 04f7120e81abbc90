import type { LedgerStore } from '../../source/polling/kept-ledger.ts';
import { olderTransactionsEnded, type TestDatabase } from './database.ts';

/** Keeps the ledgers of several runs in memory. */
export function memoryStore(): LedgerStore & { readonly texts: Map<string, string> } {
  const texts = new Map<string, string>();
  return {
    texts,
    load: async (name) => texts.get(name) ?? null,
    save: async (name, text) => void texts.set(name, text),
  };
}

/**
 * Writes between two runs. Waits until the statistics have what was written (the session that wrote it reports that when it ends), and
 * until other tests have no transaction open that is older: a poll would read what was written again.
 */
export async function writeBetweenRuns(database: TestDatabase, ...statements: string[]): Promise<void> {
  const session = await database.connect();
  for (const statement of statements) await session.query(statement);
  await session.query('SELECT pg_stat_force_next_flush()');
  await session.end();
  await olderTransactionsEnded(database);
}
