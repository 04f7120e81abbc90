import type { PGlite } from '@electric-sql/pglite';
import { queryMessage, startupPacket, syncMessage } from './wire-messages.ts';

/** PGlite's one session, as the wire sees it. Nobody but the holder of the turnstile may use it. */
export interface Session {
  /** What a client hears after its startup packet: no password, the server's settings, ready. */
  readonly greeting: Buffer;
  /** Has PostgreSQL answer messages. */
  answer(messages: Buffer): Promise<Buffer>;
  isInTransaction(): boolean;
  /** Ends whatever a client has left unfinished. */
  tidy(): Promise<void>;
}

export async function openSession(db: PGlite): Promise<Session> {
  async function answer(messages: Buffer): Promise<Buffer> {
    const chunks: Buffer[] = [];
    await db.runExclusive(() =>
      // The bytes are PGlite's own memory: they have to be copied at once.
      db.execProtocolRawStream(messages, { onRawData: (data) => chunks.push(Buffer.from(data)) }),
    );
    return Buffer.concat(chunks);
  }

  return {
    greeting: await answer(startupPacket()),
    answer,
    isInTransaction: () => db.isInTransaction(),
    async tidy() {
      // After an error PostgreSQL ignores everything up to the next Sync, whoever may send it.
      await answer(syncMessage);
      if (db.isInTransaction()) await answer(queryMessage('ROLLBACK'));
    },
  };
}
