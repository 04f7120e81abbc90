import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createBackground, isLightBackground, mayAsk } from '../../../source/screen/input/background.ts';
import { createInputParser } from '../../../source/screen/input/parser.ts';
import type { TerminalAnswer } from '../../../source/screen/input/readings.ts';

afterEach(() => vi.useRealTimers());

describe('the answer to OSC 11', () => {
  it.each([
    ['11;rgb:ffff/ffff/ffff', true],
    ['11;rgb:f/f/f', true],
    ['11;rgb:fdfd/f6f6/e3e3', true],
    ['11;rgba:ff/ff/ff/ff', true],
    ['11;#ffffff', true],
    ['11;rgb:0000/0000/0000', false],
    ['11;rgb:0000/2b2b/3636', false],
    ['11;rgb:00/00/ff', false],
    ['10;rgb:ffff/ffff/ffff', null],
    ['11;?', null],
    ['11;rgb:ffff/ffff', null],
    ['11;rgb:fffff/ffff/ffff', null],
    ['11;white', null],
  ])('is read: %s', (text, isLight) => {
    expect(isLightBackground(text)).toBe(isLight);
  });

  it('is reported by the parser however it is divided and ended, and is no key', () => {
    const ends = ['\u0007', '\u001B\\', '\u009C'];
    fc.assert(
      fc.property(fc.constantFrom(...ends), fc.array(fc.nat(60), { maxLength: 4 }), (end, cuts) => {
        const told: TerminalAnswer[] = [];
        const parser = createInputParser((answer) => void told.push(answer));
        const bytes = Buffer.from(
          `\u001B]11;rgb:ffff/ffff/ffff${end}\u001B[?1;2c`,
          end === '\u009C' ? 'latin1' : 'utf8',
        );
        const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const typed = places.flatMap((from, index) => parser.push(bytes.subarray(from, places[index + 1]), index));
        expect(typed).toEqual([]);
        expect(told).toEqual([{ kind: 'string', text: '11;rgb:ffff/ffff/ffff' }, { kind: 'attributes' }]);
      }),
    );
  });

  it('has a maximum length, and another control string is no answer', () => {
    const told: TerminalAnswer[] = [];
    const parser = createInputParser((answer) => void told.push(answer));
    parser.push(Buffer.from(`\u001B]11;${'f'.repeat(9000)}\u0007\u001BP11;rgb:f/f/f\u001B\\\u001B[?62;c`), 0);
    expect(told).toEqual([{ kind: 'attributes' }]);
  });
});

describe('the question', () => {
  const white: TerminalAnswer = { kind: 'string', text: '11;rgb:ffff/ffff/ffff' };

  function asking() {
    vi.useFakeTimers();
    const written: string[] = [];
    const found: boolean[] = [];
    const background = createBackground(
      (bytes) => void written.push(bytes),
      (isLight) => void found.push(isLight),
    );
    return { background, written, found };
  }

  it('is sent once, and its answer is used', () => {
    const { background, written, found } = asking();
    background.take(white);
    background.ask();
    background.ask();
    expect(written).toEqual(['\u001B]11;?\u0007\u001B[c']);
    background.take(white);
    expect(found).toEqual([true]);
  });

  it.each<[string, (background: ReturnType<typeof createBackground>) => void]>([
    ['after the attributes', (background) => background.take({ kind: 'attributes' })],
    ['after a second', () => vi.advanceTimersByTime(1001)],
  ])('has no answer %s', (_, close) => {
    const { background, found } = asking();
    background.ask();
    close(background);
    background.take(white);
    expect(found).toEqual([]);
  });

  it('delays quitting until the attributes arrive, or for a fifth of a second', async () => {
    const { background } = asking();
    await background.settled();
    background.ask();
    const bound = background.settled();
    expect(background.isSettling()).toBe(true);
    await vi.advanceTimersByTimeAsync(200);
    await bound;
    expect(background.isSettling()).toBe(false);
    const answered = background.settled();
    background.take({ kind: 'attributes' });
    await answered;
    await background.settled();
    expect(background.isSettling()).toBe(false);
  });

  it('is not sent to a terminal that would show it', () => {
    for (const TERM of [undefined, '', 'dumb', 'linux', 'vt100', 'eterm-color', 'cons25'])
      expect(mayAsk({ TERM })).toBe(false);
    for (const TERM of ['xterm', 'xterm-256color', 'tmux-256color', 'screen', 'rxvt-unicode', 'alacritty'])
      expect(mayAsk({ TERM })).toBe(true);
  });
});
