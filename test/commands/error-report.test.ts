import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { errorReport } from '../../source/commands/error-report.ts';
import { DatabaseError } from '../../source/database/database-error.ts';
import { runProgram } from '../support/program.ts';

const hostile = 'no\u001B]52;c;aGVsbG8=\u0007 \u009B31mway\u202E\u0000\r\nsecond';
/** Characters that a terminal would act on; not the line ends, which each stack has. */
const active = /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/;

describe('a report of an error', () => {
  it('is one line, and with debug the stacks of all its causes, all of it clean', () => {
    const error = new DatabaseError(
      'failed',
      `outer ${hostile}`,
      new Error(hostile, { cause: new TypeError(hostile) }),
    );
    expect(errorReport('migtop: ', error, { debug: false, secrets: [] })).toBe('migtop: outer no way second\n');
    const text = errorReport('migtop: ', error, { debug: true, secrets: [] });
    expect(text).not.toMatch(active);
    expect(text.match(/caused by/g)).toHaveLength(2);
    expect(text).toContain('caused by TypeError: no way\nsecond');
  });

  it('has each error of an AggregateError, and values that are not errors', () => {
    const several = new AggregateError([new Error(hostile), new Error('b')], 'both');
    const text = errorReport('', new DatabaseError('failed', 'x', several), { debug: true, secrets: [] });
    expect(text).not.toMatch(active);
    expect(text).toContain('with no way second\nwith b\n');
    expect(errorReport('', hostile, { debug: true, secrets: [] })).toBe('no way second\n');
  });

  it('ends if the causes form a circle', () => {
    const one = new Error('one');
    one.cause = one;
    expect(errorReport('', one, { debug: true, secrets: [] }).match(/caused by/g)?.length).toBeLessThan(10);
  });

  it('has no secret in its stacks', () => {
    const error = new DatabaseError('failed', 'x', new Error('for "a;pw"'), ['a;pw']);
    expect(errorReport('', error, { debug: true, secrets: [] })).not.toContain('a;pw');
    expect(errorReport('', new Error('of hunter2'), { debug: true, secrets: ['hunter2'] })).toContain('Error: of …\n');
  });
});

describe('a message from a server', () => {
  let close: () => void = () => {};
  afterEach(() => close());

  /** Answers the request for TLS with no, and the startup with `answer`. */
  async function serve(answer: Buffer): Promise<number> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('data', (bytes) => socket.write(bytes.length === 8 ? 'N' : answer));
    });
    close = () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    };
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  function message(type: string, body: Buffer): Buffer {
    const head = Buffer.alloc(5);
    head.write(type, 'latin1');
    head.writeInt32BE(body.length + 4, 1);
    return Buffer.concat([head, body]);
  }

  it.each([[['--debug']], [[]]])('is printed to the terminal as text only, with %j', async (more) => {
    const port = await serve(message('E', Buffer.from(`SFATAL\0VFATAL\0C28000\0M${hostile.replace('\0', '')}\0\0`)));
    const run = await runProgram(['status', `host=127.0.0.1 port=${port} user=ana dbname=d`, ...more]);
    expect(run.code).toBe(4);
    expect(run.stderr).toContain('no way second');
    expect(run.stdout + run.stderr).not.toMatch(active);
  });

  it('may be unreadable for pg: the program ends with its own error line', async () => {
    const port = await serve(message('R', Buffer.from([0, 0, 0, 99])));
    const run = await runProgram(['status', `host=127.0.0.1 port=${port} user=ana dbname=d connect_timeout=2`]);
    expect(run.code).not.toBe(0);
    expect(run.stderr).toMatch(/^migtop: [^\n]*\n$/);
  });
});
