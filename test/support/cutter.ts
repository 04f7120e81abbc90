import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Where connections are cut: at a message of the protocol, counted over all connections and both directions from 1. */
export interface Cut {
  readonly message: number;
  /** Whether that message still arrives. */
  readonly arrives: boolean;
  /** Count only messages of these types, by their letters: of the client, then of the server. All if absent; the first of a connection, without a type, counts too. */
  readonly types?: readonly [client: string, server: string];
}

/** A way to a server that loses its connections at one message. Those that come after the cut are not cut. */
export interface Cutter {
  readonly port: number;
  /** Counts from 1 again, for the connections that come now. */
  arm(cut: Cut): void;
  /** Whether the message came that was to be cut at. */
  readonly hasCut: boolean;
  close(): Promise<void>;
}

export async function startCutter(serverPort: number): Promise<Cutter> {
  const open = new Set<Socket>();
  let cut: Cut = { message: Number.POSITIVE_INFINITY, arrives: true };
  let messages = 0;
  let hasCut = false;

  /** Hands whole messages on, and destroys all sockets at the one that was asked for. */
  function pass(from: Socket, to: Socket, hasTypes: boolean): void {
    let rest: Buffer = Buffer.alloc(0);
    let isFirst = !hasTypes;
    from.on('data', (data: Buffer) => {
      rest = Buffer.concat([rest, data]);
      for (;;) {
        // The first message of a client has no type.
        const head = isFirst ? 0 : 1;
        if (rest.length < head + 4) return;
        const length = head + rest.readInt32BE(head);
        if (rest.length < length) return;
        const message = rest.subarray(0, length);
        const isCounted =
          isFirst || (cut.types?.[hasTypes ? 1 : 0].includes(String.fromCharCode(message[0] ?? 0)) ?? true);
        rest = rest.subarray(length);
        isFirst = false;
        if (isCounted) messages++;
        const isCut = isCounted && !hasCut && messages === cut.message;
        if (!isCut || cut.arrives) to.write(message);
        if (!isCut) continue;
        hasCut = true;
        // The written bytes are sent to the other side before the end of the stream.
        for (const socket of open)
          if (socket === to) socket.end();
          else socket.destroy();
        return;
      }
    });
  }

  const server = createServer((client) => {
    const backend = connect(serverPort, '127.0.0.1');
    for (const [socket, other] of [
      [client, backend],
      [backend, client],
    ] as const) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        other.destroySoon();
      });
    }
    pass(client, backend, false);
    pass(backend, client, true);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    arm(next) {
      cut = next;
      messages = 0;
      hasCut = false;
    },
    get hasCut() {
      return hasCut;
    },
    close() {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
