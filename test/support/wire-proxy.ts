import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** One message of the protocol, of the exchange that is watched. */
export interface WireMessage {
  readonly from: 'client' | 'server';
  /** The letter of its type: Q, T, D, C, Z, E … */
  readonly type: string;
}

/** The change of one message of an exchange. The others pass as they are. */
export interface Plan {
  /** Which message, counted from 0: the client's Query is the first. `end`: the whole answer is lost, and the connection after it. */
  readonly at: number | 'end';
  readonly what:
    | 'cut before'
    | 'cut after'
    /** From then on it drops all bytes in both directions, without an error. */
    | 'silence'
    /** In its place comes an error of this severity; after an ERROR that the server is ready, after the others the end. */
    | { readonly severity: 'ERROR' | 'FATAL' | 'PANIC' };
}

export interface WireProxy {
  readonly port: number;
  /** The messages of the last watched exchange that passed. */
  readonly seen: readonly WireMessage[];
  /** Watches the next exchange that begins with such a query, and does this to it. */
  arm(begins: string, plan: Plan | null): void;
  close(): Promise<void>;
}

/** A proxy that knows where messages begin and end (PostgreSQL manual, 54.2.1), without TLS. */
export async function startWireProxy(port: number): Promise<WireProxy> {
  const open = new Set<Socket>();
  let armed: { readonly begins: string; readonly plan: Plan | null } | null = null;
  let seen: WireMessage[] = [];

  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    let plan: Plan | null = null;
    let isWatched = false;
    let isSilent = false;
    const cut = (): void => {
      client.destroy();
      upstream.destroy();
    };

    function pass(from: WireMessage['from'], type: string, bytes: Buffer): void {
      const to = from === 'client' ? upstream : client;
      if (from === 'client' && type === 'Q' && armed !== null && bytes.includes(armed.begins)) {
        isWatched = true;
        seen = [];
        plan = armed.plan;
        armed = null;
      }
      if (isSilent) return;
      if (isWatched && plan?.at === 'end' && from === 'server') {
        seen.push({ from, type });
        if (type === 'Z') cut();
        return;
      }
      const what = isWatched && plan?.at === seen.length ? plan.what : null;
      if (isWatched) seen.push({ from, type });
      if (what === null) to.write(bytes);
      else if (what === 'cut before') cut();
      else if (what === 'silence') isSilent = true;
      else if (what === 'cut after') {
        to.write(bytes, () => {
          // The other side has it before it hears of the end.
          to.end();
          setTimeout(cut, 20);
        });
        isSilent = true;
      } else {
        isSilent = true;
        client.write(errorResponse(what.severity));
        if (what.severity === 'ERROR') {
          client.write(Buffer.from([0x5a, 0, 0, 0, 5, 0x49]));
          isSilent = false;
          isWatched = false;
        } else setTimeout(cut, 20);
      }
      if (from === 'server' && type === 'Z') isWatched = false;
    }

    for (const [socket, from] of [
      [client, 'client'],
      [upstream, 'server'],
    ] as const) {
      open.add(socket);
      // Only a client's first message has no type.
      const read = messages(from === 'client');
      socket.on('data', (bytes: Buffer) => {
        for (const { type, all } of read(bytes)) pass(from, type, all);
      });
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        if (!isSilent) cut();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get seen() {
      return seen;
    },
    arm(begins, plan) {
      armed = { begins, plan };
    },
    close() {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function messages(isStarting: boolean): (bytes: Buffer) => { type: string; all: Buffer }[] {
  let rest = Buffer.alloc(0);
  let untyped = isStarting;
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    const found: { type: string; all: Buffer }[] = [];
    for (;;) {
      const before = untyped ? 0 : 1;
      if (rest.length < before + 4) return found;
      const length = before + rest.readInt32BE(before);
      if (rest.length < length) return found;
      found.push({
        type: untyped ? '' : String.fromCharCode(rest[0] ?? 0),
        all: Buffer.from(rest.subarray(0, length)),
      });
      rest = rest.subarray(length);
      untyped = false;
    }
  };
}

function errorResponse(severity: string): Buffer {
  const code = severity === 'ERROR' ? '40P01' : '57P02';
  const fields = `S${severity}\0V${severity}\0C${code}\0Minjected\0\0`;
  const bytes = Buffer.alloc(5 + fields.length);
  bytes.write('E');
  bytes.writeInt32BE(4 + fields.length, 1);
  bytes.write(fields, 5);
  return bytes;
}

/** A proxy before the server of a database, and the url of the database through it. TLS is off: the proxy reads the messages. */
export async function startProxyOf(databaseUrl: string): Promise<{ readonly proxy: WireProxy; readonly url: string }> {
  const url = new URL(databaseUrl);
  const proxy = await startWireProxy(Number(url.port));
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  url.searchParams.set('sslmode', 'disable');
  return { proxy, url: url.href };
}

/**
 * The places of the messages at which a write is cut: its transaction ends with the last ones; of those before it every third one is
 * enough. `MIGTOP_CUTS=all` cuts at all.
 */
export function decisive(exchange: readonly unknown[]): number[] {
  const cutsAll = process.env.MIGTOP_CUTS === 'all';
  return [...exchange.keys()].filter((at) => cutsAll || at <= 1 || at % 3 === 0 || at > exchange.length - 8);
}
