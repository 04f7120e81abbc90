import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import type { Typed } from '../../../source/monitor/typed.ts';
import { type InputStream, openTerminalInput } from '../../../source/screen/input/terminal-input.ts';

/** Standard input of a terminal, as far as it is used. */
class Keyboard extends EventEmitter implements Record<Exclude<keyof InputStream, 'on' | 'off'>, unknown> {
  resume = (): this => this;
  pause = (): this => this;
  ref = (): this => this;
  unref = (): this => this;
  setRawMode = (): this => this;
}

it('Esc and a key that were both typed while the program was busy are two keys', () => {
  const keyboard = new Keyboard();
  const taken: Typed[] = [];
  const close = openTerminalInput(keyboard as unknown as InputStream, (typed) => void taken.push(...typed));
  // The event loop does not turn meanwhile.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  keyboard.emit('data', Buffer.from('\u001Bj'));
  close();
  expect(taken).toEqual([
    { kind: 'key', chord: 'escape' },
    { kind: 'character', text: 'j' },
  ]);
});
