import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** One address that leads to one server or to another, as a virtual address of a cluster does. */
export interface Forwarder {
  readonly port: number;
  /** Cuts all connections; new ones lead there. */
  leadTo(port: number): void;
  /**
   * Hands nothing on any more and says nothing of it, as a firewall does that drops packets: of the connections that are
   * open now, or of new ones too.
   */
  swallow(which: 'open' | 'all'): void;
  /** Hands on what comes over connections that are made from now on. */
  handOn(): void;
  close(): Promise<void>;
}

export async function startForwarder(first: number): Promise<Forwarder> {
  let target = first;
  let isSilent = false;
  const open = new Set<Socket>();
  const swallowed = new Set<Socket>();
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  const server = createServer((from) => {
    if (isSilent) {
      open.add(from);
      from.on('error', () => {});
      from.on('close', () => open.delete(from));
      return;
    }
    const to = connect(target, '127.0.0.1');
    for (const [socket, other] of [
      [from, to],
      [to, from],
    ] as const) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        if (!swallowed.has(socket)) other.destroy();
      });
      socket.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    leadTo(port) {
      target = port;
      cut();
    },
    swallow(which) {
      isSilent = which === 'all';
      for (const socket of open) {
        swallowed.add(socket);
        socket.unpipe();
        socket.pause();
      }
    },
    handOn() {
      isSilent = false;
    },
    close() {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
