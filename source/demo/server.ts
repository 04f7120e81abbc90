import type { AddressInfo } from 'node:net';
import { createServer, type ListenOptions, type Socket } from 'node:net';
import { serveConnection } from './connection.ts';
import type { PGliteSession } from './session.ts';
import type { SessionLock } from './session-lock.ts';
import { fatalResponse } from './wire-messages.ts';

const maxConnections = 50;

/**
 * Serves PGlite's session to up to 50 PostgreSQL clients, one at a time.
 *
 * @returns the port; 0 for a Unix socket
 * @throws {Error} of node:net if it cannot listen there
 */
export async function serve(session: PGliteSession, lock: SessionLock, at: ListenOptions): Promise<number> {
  const open = new Set<Socket>();
  let served = 0;
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    if (open.size > maxConnections) {
      socket.on('error', () => {});
      socket.end(
        fatalResponse('53300', `sorry, too many clients already: the demo serves ${maxConnections} connections`),
      );
      return;
    }
    served += 1;
    serveConnection(socket, `c${served}`, session, lock);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at, resolve);
  });
  const address = server.address();
  return isPort(address) ? address.port : 0;
}

function isPort(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
