import type { PGlite } from '@electric-sql/pglite';
import { queryMessage, startupPacket, syncMessage } from './wire-messages.ts';

/** PGlite's one session, as the wire and the simulation see it. Nobody but the holder of the turnstile may use it. */
export interface Session {
  /** What a client hears after its startup packet: no password, the server's settings, ready. */
  readonly greeting: Buffer;
  /**
   * Has PostgreSQL answer a client's messages.
   *
   * @param client whose they are; what somebody else has called the session (`application_name`) is not what they find
   */
  answer(messages: Buffer, client: object): Promise<Buffer>;
  /** Runs one statement of the simulation. @throws what PostgreSQL says */
  query(text: string, values: unknown[]): Promise<Record<string, unknown>[]>;
  isInTransaction(): boolean;
  /** Ends whatever a client has left unfinished. */
  tidy(): Promise<void>;
}

/** @param timeZone what the session's clock shows, also after its settings were put back */
export async function openSession(db: PGlite, timeZone: string): Promise<Session> {
  /** Who used the session last; null: the simulation. */
  let user: object | null = null;

  async function send(messages: Buffer): Promise<Buffer> {
    const chunks: Buffer[] = [];
    await db.runExclusive(() =>
      // The bytes are PGlite's own memory: they have to be copied at once.
      db.execProtocolRawStream(messages, { onRawData: (data) => chunks.push(Buffer.from(data)) }),
    );
    return Buffer.concat(chunks);
  }

  return {
    greeting: await send(startupPacket()),
    async answer(messages, client) {
      if (user !== client) {
        // A worker says in the session's name what it is at, and there is one session for all: left there, the name would
        // tell whoever looks into pg_stat_activity that they, or nobody, were that worker.
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
        // All share one session, so a client's SET may be what was in the way: read-only, another search_path.
        await db.exec(`RESET ALL; SET TimeZone TO '${timeZone}'`);
        throw error;
      }
    },
    isInTransaction: () => db.isInTransaction(),
    async tidy() {
      // After an error PostgreSQL ignores everything up to the next Sync, whoever may send it.
      await send(syncMessage);
      if (db.isInTransaction()) await send(queryMessage('ROLLBACK'));
    },
  };
}
