import { backendKeyOf } from './backend-key.ts';
import type { Dialled } from './dial.ts';
import { openSocket } from './open-socket.ts';

const cancelMs = 500;

/**
 * Cancels the query of a connection: sends a CancelRequest over a separate connection (PostgreSQL manual, 54.2.9) to the
 * same address, encrypted in the same way. A pooler forwards it to the right server process, which `pg_cancel_backend`
 * cannot name. Resolves within half a second, whether the request arrived or not.
 */
export async function cancel({ client, endpoint, encryption }: Dialled): Promise<void> {
  const key = backendKeyOf(client);
  if (key === null) return;
  const request = Buffer.alloc(16);
  [16, 0x04d2162e, key.processId, key.secretKey].forEach((word, index) => {
    request.writeInt32BE(word, index * 4);
  });
  const keepAlive = { enabled: false, idleSeconds: 0, intervalSeconds: null, count: null };
  try {
    const { socket } = await openSocket(endpoint, encryption, { keepAlive }, AbortSignal.timeout(cancelMs));
    socket.on('error', () => socket.destroy());
    await new Promise<void>((resolve) => {
      socket.setTimeout(cancelMs, () => socket.destroy());
      socket.on('close', () => resolve());
      socket.resume();
      socket.end(request);
    });
  } catch {
    // A query that was not cancelled ends by its statement_timeout.
  }
}
