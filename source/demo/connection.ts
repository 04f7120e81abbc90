import type { Socket } from 'node:net';
import type { PGliteSession } from './session.ts';
import type { SessionLock, SessionUser } from './session-lock.ts';
import {
  type ClientMessage,
  closeStatementMessage,
  createMessageReader,
  fatalResponse,
  negotiateVersionResponse,
  parseMessage,
  protocolVersion,
  queryMessage,
  renameStatement,
  sqlIn,
  statementIn,
  syncMessage,
} from './wire-messages.ts';

/** COPY FROM STDIN ends PGlite's process, so this statement is replaced by an error. */
const copyFromStdin = /\bcopy\b.*\bfrom\s+stdin\b/is;
const refusal = `DO $$ BEGIN RAISE EXCEPTION 'the demo''s embedded PostgreSQL cannot COPY FROM STDIN' USING ERRCODE = 'feature_not_supported'; END $$`;

/**
 * Serves one client. Its messages are sent to PostgreSQL as whole requests, up to a Query, Sync or Flush: PGlite has one
 * session for all clients, and the messages of two clients must not mix.
 *
 * @param name unique among the connections; a prefix for the names of its prepared statements
 */
export function serveConnection(socket: Socket, name: string, session: PGliteSession, lock: SessionLock): void {
  const read = createMessageReader();
  const statements = new Set<string>();
  let request: Buffer[] = [];

  const sessionUser: SessionUser = {
    terminate: () =>
      end(
        fatalResponse(
          '25P03',
          'terminating connection due to idle-in-transaction timeout: other clients wait for the only session of the demo',
        ),
      ),
  };

  function end(response: Buffer): void {
    socket.end(response);
    leave();
  }

  function leave(): void {
    const own = [...statements];
    statements.clear();
    lock.leave(sessionUser, () => session.reset()).catch(() => {});
    if (own.length === 0) return;
    const closing = Buffer.concat([...own.map(closeStatementMessage), syncMessage]);
    lock
      .run(sessionUser, async () => ({ left: 'free', result: await session.answer(closing, sessionUser) }))
      .catch(() => {});
  }

  function handle(message: ClientMessage): void {
    switch (message.kind) {
      case 'encryption':
        socket.write('N');
        break;
      case 'cancel':
        socket.end();
        break;
      case 'startup':
        if (message.version >> 16 !== 3) {
          socket.end(fatalResponse('0A000', 'the demo supports protocol version 3.0 only'));
          break;
        }
        if (message.version > protocolVersion || message.options.length > 0) {
          socket.write(negotiateVersionResponse(message.options));
        }
        socket.write(session.greeting);
        break;
      case 'message':
        if (message.type === 'X') socket.end();
        else add(message.type, message.bytes);
        break;
    }
  }

  function add(type: string, bytes: Buffer): void {
    if (copyFromStdin.test(sqlIn(type, bytes) ?? '')) {
      const statement = privateName(statementIn(type, bytes));
      request.push(type === 'Q' ? queryMessage(refusal) : parseMessage(statement, refusal));
    } else {
      request.push(renameStatement(type, bytes, privateName));
      if (type === 'P' && statementIn(type, bytes) !== '') statements.add(privateName(statementIn(type, bytes)));
    }
    if (type !== 'Q' && type !== 'S' && type !== 'H') return;
    const whole = Buffer.concat(request);
    request = [];
    lock
      .run(sessionUser, async () => {
        const result = await session.answer(whole, sessionUser);
        return { left: type === 'H' || session.isInTransaction() ? 'held' : 'free', result };
      })
      .then(
        (answer) => socket.writable && socket.write(answer),
        () => socket.destroy(),
      );
  }

  function privateName(statement: string): string {
    return statement === '' ? '' : `${name}_${statement}`;
  }

  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    if (!socket.writable) return;
    try {
      for (const message of read(chunk)) handle(message);
    } catch (error) {
      end(fatalResponse('08P01', `invalid message: ${error instanceof Error ? error.message : error}`));
    }
  });
  // A client may disconnect at any time; `close` follows.
  socket.on('error', () => {});
  socket.on('close', leave);
}
