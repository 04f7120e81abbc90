import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../source/database/connect.ts';
import { dial } from '../../../source/database/libpq/dial.ts';
import { connectionSettings } from '../../../source/database/libpq/settings.ts';
import { certificates } from './servers.ts';

/** How many sessions a run plays; `MIGTOP_FUZZ_SESSIONS=10000` while developing. */
const sessions = Number(process.env.MIGTOP_FUZZ_SESSIONS ?? 400);

/** The messages of the server: a list of chunks for each chunk that it receives. */
type Script = readonly (readonly Buffer[])[];

let server: Server;
let script: Script = [];
const open = new Set<Socket>();
const uncaught: unknown[] = [];
const note = (error: unknown): void => void uncaught.push(error);

beforeAll(async () => {
  server = createServer((socket) => {
    open.add(socket);
    let turn = 0;
    const own = script;
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
    socket.on('data', () => {
      const pieces = own[turn++];
      if (pieces === undefined) return socket.destroy();
      for (const piece of pieces) socket.write(piece);
      return undefined;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.on('uncaughtException', note);
  process.on('unhandledRejection', note);
});

afterAll(() => {
  process.off('uncaughtException', note);
  process.off('unhandledRejection', note);
  for (const socket of open) socket.destroy();
  server.close();
});

const pem = (name: string): Buffer => readFileSync(`${certificates}${name}`);

function message(type: string, body: Buffer | string = ''): Buffer {
  const bytes = Buffer.from(body);
  const header = Buffer.alloc(5);
  header.write(type, 'latin1');
  header.writeUInt32BE(bytes.length + 4, 1);
  return Buffer.concat([header, bytes]);
}

function int32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => {
    bytes.writeInt32BE(value | 0, index * 4);
  });
  return bytes;
}

const authenticationOk = message('R', int32(0));
const ready = message('Z', 'I');
const failure = message('E', 'SERROR\0VERROR\0C42601\0Msyntax error\0\0');

/** A message of any type that the protocol has, right or wrong. */
const anyMessage = fc.oneof(
  fc
    .tuple(fc.constantFrom(...'RKSZETDCN1234tIVGHWdcsAnv', 'x', '\u0000'), fc.uint8Array({ maxLength: 60 }))
    .map(([type, body]) => message(type, Buffer.from(body))),
  // The length lies.
  fc
    .tuple(fc.constantFrom(...'RSZETDCN'), fc.integer(), fc.uint8Array({ maxLength: 20 }))
    .map(([type, length, body]) => Buffer.concat([Buffer.from(type), int32(length), Buffer.from(body)])),
  fc.integer({ min: -1, max: 20 }).map((code) => message('R', int32(code))),
  fc
    .constantFrom('SCRAM-SHA-256\0\0', 'SCRAM-SHA-1\0\0', 'OAUTHBEARER\0\0', 'SCRAM-SHA-256-PLUS\0\0', '\0', '')
    .map((list) => message('R', Buffer.concat([int32(10), Buffer.from(list)]))),
  fc
    .constantFrom('r=x,s=eA==,i=4096', 'r=,s=,i=', 'i=99999999999', 'e=other-error', 'v=eA==', '')
    .chain((text) =>
      fc.constantFrom(11, 12).map((code) => message('R', Buffer.concat([int32(code), Buffer.from(text)]))),
    ),
  fc.constantFrom(authenticationOk, ready, failure, message('S', 'a\0b\0'), message('K', int32(1, 2))),
  fc.constantFrom(
    message('E', 'SFATAL\0C57P01\0Mterminating connection\0\0'),
    message('E', 'SPANIC\0CXX000\0Mno\0\0'),
    message('E', 'Mno severity\0\0'),
    message('E', ''),
    message('N', 'SWARNING\0C01000\0Mwarning\0\0'),
    message('A', Buffer.concat([int32(7), Buffer.from('channel\0payload\0')])),
    Buffer.from('Ecould not fork new process for connection: Resource temporarily unavailable\n\0'),
    Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
  ),
);

/** A row description and rows that do or do not belong together. */
const anyResult = fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 })).map(([columns, values]) => {
  const description = Buffer.concat([
    Buffer.from([0, columns]),
    ...Array.from({ length: columns }, () => Buffer.concat([Buffer.from('c\0'), int32(0), Buffer.alloc(14)])),
  ]);
  const row = Buffer.concat([
    Buffer.from([0, values]),
    ...Array.from({ length: values }, () => int32(1, 0).subarray(0, 5)),
  ]);
  return Buffer.concat([message('T', description), message('D', row), message('C', 'SELECT 1\0'), ready]);
});

const cut = fc
  .tuple(fc.oneof(anyMessage, anyResult), fc.nat({ max: 40 }))
  .map(([bytes, at]) => [bytes.subarray(0, at), bytes.subarray(at)]);

const piece = fc.oneof(
  { weight: 3, arbitrary: fc.array(anyMessage, { maxLength: 4 }) },
  { weight: 1, arbitrary: cut },
  { weight: 2, arbitrary: fc.constant([authenticationOk, ready]) },
  { weight: 1, arbitrary: fc.array(anyResult, { minLength: 1, maxLength: 2 }) },
);

describe('a server that sends random bytes', () => {
  it('never ends the process, and every attempt and query ends', { timeout: 600_000 }, async () => {
    const { port } = server.address() as { port: number };
    const settings = {
      ...connectionSettings(`host=127.0.0.1 port=${port} user=u dbname=d password=p sslmode=disable`, {}),
      connectTimeoutMs: 80,
    };
    let connected = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 5 }), async (given) => {
        script = given;
        try {
          const { client, destroy } = await dial(settings, null);
          connected += 1;
          await Promise.race([
            client.query('SELECT 1').catch(() => {}),
            new Promise((resolve) => setTimeout(resolve, 80)),
          ]);
          destroy();
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      { numRuns: sessions },
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(uncaught).toEqual([]);
    // A fuzz that never gets past the login tests only that.
    expect(connected).toBeGreaterThan(sessions / 50);
  });
});

it('does not compute as many iterations of SCRAM as a server likes', async () => {
  const asking = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(message('R', Buffer.concat([int32(10), Buffer.from('SCRAM-SHA-256\0\0')])));
      socket.once('data', (bytes) => {
        const nonce = /r=(.+)$/.exec(bytes.toString('latin1'))?.[1] ?? '';
        const first = `r=${nonce}more,s=${Buffer.from('salt').toString('base64')},i=2147483647`;
        socket.write(message('R', Buffer.concat([int32(11), Buffer.from(first)])));
      });
    });
  });
  await new Promise<void>((resolve) => asking.listen(0, '127.0.0.1', resolve));
  const { port } = asking.address() as { port: number };
  const settings = connectionSettings(`host=127.0.0.1 port=${port} user=u dbname=d password=p sslmode=disable`, {});
  await expect(connect(settings)).rejects.toThrow(
    `127.0.0.1:${port} asks for 2147483647 iterations of SCRAM, more than migtop computes.`,
  );
  await new Promise((resolve) => asking.close(resolve));
});

it.each([
  ['long rows', 1_000_000, 512],
  ['short rows', 1, 16_000_000],
])('does not keep the endless %s of a server until the time limit', async (_, length, mostSent) => {
  const row = message('D', Buffer.concat([Buffer.from([0, 1]), int32(length), Buffer.alloc(length, 'x')]));
  const chunk = Buffer.concat(Array.from({ length: Math.max(1, Math.floor(1_000_000 / row.length)) }, () => row));
  const description = message(
    'T',
    Buffer.concat([Buffer.from([0, 1]), Buffer.from('c\0'), int32(0), Buffer.alloc(14)]),
  );
  let sent = 0;
  const flooding = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(Buffer.concat([authenticationOk, ready]));
      socket.once('data', () => {
        socket.write(description);
        const send = (): void => {
          while (!socket.destroyed && socket.write(chunk)) sent += chunk.length / row.length;
          sent += chunk.length / row.length;
        };
        socket.on('drain', send);
        send();
      });
    });
  });
  await new Promise<void>((resolve) => flooding.listen(0, '127.0.0.1', resolve));
  const { port } = flooding.address() as { port: number };
  const text = `host=127.0.0.1 port=${port} user=u dbname=d sslmode=disable`;
  const connection = await connect(connectionSettings(text, {}));
  // A time limit that a slow machine does not reach.
  await expect(connection.readAll([{ text: 'SELECT 1' }], 100)).rejects.toThrow(
    /the server sent (more than 256 MB|an invalid message)/,
  );
  await connection.close();
  expect(sent).toBeGreaterThan(100);
  expect(sent).toBeLessThan(mostSent);
  await new Promise((resolve) => flooding.close(resolve));
});

describe('a server that breaks SCRAM off and reports success', () => {
  const scram = message('R', Buffer.concat([int32(10), Buffer.from('SCRAM-SHA-256\0\0')]));
  const attempt = async (more: string): Promise<string> => {
    const { port } = server.address() as { port: number };
    script = [[scram], [authenticationOk, ready]];
    try {
      const text = `host=127.0.0.1 port=${port} user=u dbname=d password=p sslmode=disable ${more}`;
      const { destroy } = await dial(connectionSettings(text, {}), null);
      destroy();
      return 'connected';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('is refused if SCRAM is required', async () => {
    expect(await attempt('require_auth=scram-sha-256')).toMatch(
      /did not complete authentication, which require_auth requires/,
    );
    expect(await attempt('require_auth=!none')).toMatch(/did not complete authentication/);
  });

  it('is refused if channel binding is required', async () => {
    const offered = message('R', Buffer.concat([int32(10), Buffer.from('SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0')]));
    const heard: string[] = [];
    const encrypted = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        socket.write('S');
        const secure = new TLSSocket(socket, { isServer: true, key: pem('server.key'), cert: pem('server.crt') });
        secure.on('error', () => {});
        const answers = [[offered], [authenticationOk, ready]];
        secure.on('data', (bytes) => {
          heard.push(bytes.toString('latin1'));
          for (const piece of answers.shift() ?? []) secure.write(piece);
        });
      });
    });
    await new Promise<void>((resolve) => encrypted.listen(0, '127.0.0.1', resolve));
    const { port } = encrypted.address() as { port: number };
    const text = `host=127.0.0.1 port=${port} user=u dbname=d password=p sslmode=require`;
    const attempted = (more: string): Promise<string> =>
      dial(connectionSettings(`${text} ${more}`, { HOME: '/nowhere' }), null).then(
        ({ destroy }) => {
          destroy();
          return 'connected';
        },
        (error: Error) => error.message,
      );
    expect(await attempted('channel_binding=require')).toMatch(
      /did not complete authentication, which channel_binding requires/,
    );
    expect(heard.join()).toContain('SCRAM-SHA-256-PLUS');
    expect(await attempted('')).toBe('connected');
    await new Promise((resolve) => encrypted.close(resolve));
  });

  it('is accepted if neither is required, as by libpq', async () => {
    expect(await attempt('')).toBe('connected');
  });
});
