import type { Socket } from 'node:net';
import type { Session } from './session.ts';
import type { Turnstile, Visitor } from './turnstile.ts';
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

/** Feeding PGlite a COPY FROM STDIN ends its process, so it never gets to see one. */
const copyFromStdin = /\bcopy\b.*\bfrom\s+stdin\b/is;
const refusal = `DO $$ BEGIN RAISE EXCEPTION 'the demo''s embedded PostgreSQL cannot COPY FROM STDIN' USING ERRCODE = 'feature_not_supported'; END $$`;

/**
 * Serves one client. Its messages go to PostgreSQL by whole requests, up to a Query, Sync or Flush: PGlite has one
 * session for all clients, and messages of two of them must not mix.
 *
 * @param name unlike any other connection's; sets its prepared statements apart from theirs
 */
export function serveConnection(socket: Socket, name: string, session: Session, turnstile: Turnstile): void {
  const read = createMessageReader();
  const statements = new Set<string>();
  let request: Buffer[] = [];

  const visitor: Visitor = {
    evict: () =>
      end(
        fatalResponse(
          '25P03',
          'terminating connection due to idle-in-transaction timeout: others wait for the one session of the demo',
        ),
      ),
  };

  function end(lastWords: Buffer): void {
    socket.end(lastWords);
    leave();
  }

  function leave(): void {
    const own = [...statements];
    statements.clear();
    turnstile.leave(visitor, () => session.tidy()).catch(() => {});
    if (own.length === 0) return;
    const closing = Buffer.concat([...own.map(closeStatementMessage), syncMessage]);
    turnstile
      .run(visitor, async () => ({ left: 'free', result: await session.answer(closing, visitor) }))
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
          socket.end(fatalResponse('0A000', 'the demo speaks version 3.0 of the protocol'));
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
    turnstile
      .run(visitor, async () => {
        const result = await session.answer(whole, visitor);
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
  // A client may vanish at any moment; `close` follows.
  socket.on('error', () => {});
  socket.on('close', leave);
}
