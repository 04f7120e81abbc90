import type { Dialled } from './dial.ts';
import { openSocket } from './open-socket.ts';

const cancelMs = 500;

/**
 * Asks the server to stop what a connection is doing: a CancelRequest over a connection of its own (PostgreSQL manual,
 * 54.2.9) to the very address that was connected, encrypted in the same way. A pooler passes it on, as
 * `pg_cancel_backend` would not be. Resolves within half a second, whether it arrived or not.
 */
export async function cancel({ client, endpoint, encryption }: Dialled): Promise<void> {
  const { processID, secretKey } = client as unknown as { processID: number | null; secretKey: number | null };
  if (processID === null || secretKey === null) return;
  const request = Buffer.alloc(16);
  [16, 0x04d2162e, processID, secretKey].forEach((word, index) => {
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
    // What cannot be cancelled ends by its own bound on the server.
  }
}
