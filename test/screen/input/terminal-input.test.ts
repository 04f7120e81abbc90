import { EventEmitter, once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import type { Typed } from '../../../source/monitor/typed.ts';
import { type InputStream, openTerminalInput } from '../../../source/screen/input/terminal-input.ts';

/** Standard input of a terminal, as far as it is used. */
class Keyboard extends EventEmitter implements InputStream {
  resume = (): this => this;
  pause = (): this => this;
  ref = (): this => this;
  unref = (): this => this;
  setRawMode = (): this => this;
}

/** Lets no other code run. */
const beBusy = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

it('Esc and a key that arrived while a timer kept the program busy are two keys', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const terminal = connect(port, '127.0.0.1');
  const [read] = (await once(server, 'connection')) as [Socket];
  const keyboard = Object.assign(read, { setRawMode: (): Socket => read });
  const keys = new Promise<readonly Typed[]>((resolve) => {
    const close = openTerminalInput(keyboard, (typed) => {
      close();
      resolve(typed);
    });
  });
  setTimeout(() => {
    terminal.write('\u001Bj');
    beBusy(200);
  }, 1);
  expect(await keys).toEqual([
    { kind: 'key', chord: 'escape' },
    { kind: 'character', text: 'j' },
  ]);
  terminal.destroy();
  read.destroy();
  server.close();
});

it('Esc and a key that were both typed while the program was busy are two keys', () => {
  const keyboard = new Keyboard();
  const taken: Typed[] = [];
  const close = openTerminalInput(keyboard, (typed) => void taken.push(...typed));
  beBusy(200);
  keyboard.emit('data', Buffer.from('\u001Bj'));
  close();
  expect(taken).toEqual([
    { kind: 'key', chord: 'escape' },
    { kind: 'character', text: 'j' },
  ]);
});
