import type { PGlite } from '@electric-sql/pglite';
import { queryMessage, startupPacket, syncMessage } from './wire-messages.ts';

/** PGlite's only session, for the clients and the simulation. Only the holder of the session lock may use it. */
export interface PGliteSession {
  /** The answer to a startup packet: no password, the server's settings, ready. */
  readonly greeting: Buffer;
  /**
   * Sends a client's messages to PostgreSQL.
   *
   * @param client identifies the client: a new one does not see the `application_name` of the previous one
   * @returns PostgreSQL's answer
   */
  answer(messages: Buffer, client: object): Promise<Buffer>;
  /** Runs one statement of the simulation. @throws PostgreSQL's error */
  query(text: string, values: unknown[]): Promise<Record<string, unknown>[]>;
  isInTransaction(): boolean;
  /** Ends a client's unfinished request and transaction. */
  reset(): Promise<void>;
}

/** @param timeZone the session's time zone, also after its settings were reset */
export async function openPGliteSession(db: PGlite, timeZone: string): Promise<PGliteSession> {
  /** The last client that used the session; null: the simulation. */
  let user: object | null = null;

  async function send(messages: Buffer): Promise<Buffer> {
    const chunks: Buffer[] = [];
    await db.runExclusive(() =>
      // The bytes are in PGlite's memory: they must be copied at once.
      db.execProtocolRawStream(messages, { onRawData: (data) => chunks.push(Buffer.from(data)) }),
    );
    return Buffer.concat(chunks);
  }

  return {
    greeting: await send(startupPacket()),
    async answer(messages, client) {
      if (user !== client) {
        // Workers set application_name to their operation, and all share one session: without the reset, pg_stat_activity would
        // show every client as that worker.
        await send(queryMessage('RESET application_name'));
        user = client;
      }
      return send(messages);
    },
    async query(text, values) {
      user = null;
      try {
        return (await db.query<Record<string, unknown>>(text, values)).rows;
      } catch (error) {
        // All share one session, so a client's SET may have caused the error: read-only, another search_path.
        await db.exec(`RESET ALL; SET TimeZone TO '${timeZone}'`);
        throw error;
      }
    },
    isInTransaction: () => db.isInTransaction(),
    async reset() {
      // After an error PostgreSQL ignores all messages up to the next Sync.
      await send(syncMessage);
      if (db.isInTransaction()) await send(queryMessage('ROLLBACK'));
    },
  };
}
