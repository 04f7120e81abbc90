import fc from 'fast-check';
import { render, Text, usePaste } from 'ink';
import { describe, expect, it } from 'vitest';
import { createTerminalOutput } from '../../../source/screen/terminal/terminal-output.ts';
import { fakeStdin } from '../../support/fake-stdin.ts';
import { createTerminal } from '../../support/terminal.ts';
import { asSeen, frames, intended, type Size, size, written } from './random-frames.ts';

const enter = '\u001B[?1049h';
const leave = '\u001B[?1049l';
/** Nothing is left there, lines wrap again, and then the normal screen. */
const goodbye = `\u001B[H\u001B[J\u001B[?7h${leave}`;
const beginUpdate = '\u001B[?2026h';
const endUpdate = '\u001B[?2026l';

/** A terminal that accepts writes only on request. */
function createDevice({ columns, rows }: Size) {
  const taken: string[] = [];
  const queue: { text: string; done: (() => void) | undefined }[] = [];
  let isSlow = false;
  const take = (upTo = Infinity) => {
    for (let count = 0; count < upTo && queue.length > 0; count++) {
      const { text, done } = queue.shift() ?? { text: '', done: undefined };
      taken.push(text);
      done?.();
    }
  };
  const device = {
    columns,
    rows,
    writableLength: 0,
    destroyed: false,
    writableEnded: false,
    write(text: string, done?: () => void) {
      queue.push({ text, done });
      if (!isSlow) queueMicrotask(take);
      return true;
    },
  };
  return {
    stream: device,
    take,
    /** From now on only `take` takes. */
    stall: () => {
      isSlow = true;
    },
    /** The writes that were not empty, since the last call. */
    read: () => taken.splice(0).filter((text) => text !== ''),
    /** Bytes that were written and not taken. */
    waiting: () => queue.filter(({ text }) => text !== '').map(({ text }) => text),
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

function open(window: Size) {
  const device = createDevice(window);
  const output = createTerminalOutput(device.stream);
  let erasure = '';
  /** As Ink draws a frame: in three writes, the lines before erased, a line feed after one lower than the window. */
  const draw = (frame: string) => {
    const text = frame.split('\n').length < window.rows ? `${frame}\n` : frame;
    for (const part of [beginUpdate, erasure + text, endUpdate]) output.stream.write(part);
    erasure = `${'\u001B[2K\u001B[1A'.repeat(text.split('\n').length - 1)}\u001B[2K\u001B[G`;
  };
  return { device, output, draw };
}

async function opened(window: Size = { columns: 20, rows: 4 }) {
  const all = open(window);
  all.output.stream.write(enter);
  await settled();
  all.device.read();
  return all;
}

describe('a write of Ink', () => {
  it.each([
    ['hiding the cursor', '\u001B[?25l'],
    ['showing the cursor', '\u001B[?25h'],
    ['brackets around what is pasted', '\u001B[?2004h'],
    ['no brackets around it', '\u001B[?2004l'],
    ['the question for the keyboard protocol', '\u001B[?u'],
    ['the keyboard protocol', '\u001B[>1u'],
    ['the end of the keyboard protocol', '\u001B[<u'],
  ])('reaches it unchanged outside of the frames: %s', async (_name, sequence) => {
    const { device, output, draw } = await opened();
    draw('one');
    output.stream.write(sequence);
    draw('two');
    output.stream.write(sequence);
    await settled();
    const written = device.read();
    expect(written[1]).toBe(sequence);
    expect(written.slice(2)).toContain(sequence);
    expect(written.join('').split(sequence)).toHaveLength(3);
  });

  it('reaches the terminal inside a synchronized update too, if it hides the cursor', async () => {
    const { device, output } = await opened();
    for (const text of [beginUpdate, '\u001B[?25l', 'one', endUpdate]) output.stream.write(text);
    await settled();
    expect(device.read()).toEqual(['\u001B[?25l', '\u001B[H\u001B[J\u001B[Hone']);
  });

  it('is dropped if it erases the last frame, or marks an update', async () => {
    const { device, output, draw } = await opened();
    draw('one');
    await settled();
    device.read();
    output.stream.write('\u001B[2K\u001B[1A\u001B[2K\u001B[G');
    draw('one');
    for (const text of [beginUpdate, '\u001B[1;1H\u001B[Jone\n', endUpdate]) output.stream.write(text);
    await settled();
    expect(device.read()).toEqual([]);
  });

  it('switches wrapping off on the alternate screen, and leaves it erased with wrapping on', async () => {
    const { device, output } = open({ columns: 20, rows: 4 });
    output.stream.write(enter);
    output.stream.write(leave);
    await settled();
    expect(device.read()).toEqual([`${enter}\u001B[?7l`, goodbye]);
  });

  it('is read as a frame only on the alternate screen', async () => {
    const { device, output, draw } = await opened();
    draw('one');
    output.stream.write(leave);
    draw('two');
    await settled();
    expect(device.read().join('')).not.toContain('two');
  });

  it('is recognized from the start of an application to its end', async () => {
    const window = { columns: 20, rows: 3 };
    const { device, output } = open(window);
    function App({ text }: { text: string }) {
      usePaste(() => {});
      return <Text>{text}</Text>;
    }
    const ink = render(<App text="one" />, {
      stdout: output.stream,
      stdin: fakeStdin().stream,
      alternateScreen: true,
      interactive: true,
      patchConsole: false,
      exitOnCtrlC: false,
      maxFps: 1000,
    });
    await ink.waitUntilRenderFlush();
    const terminal = createTerminal(window);
    await terminal.write(device.read().join(''));
    expect(terminal.text().trimEnd()).toBe('one');
    expect(terminal.isAlternate()).toBe(true);
    expect(terminal.cursor().visible).toBe(false);
    expect(terminal.modes.bracketedPaste).toBe(true);

    ink.rerender(<App text="two" />);
    await ink.waitUntilRenderFlush();
    expect(device.read()).toEqual(['\u001B[Htwo']);
    ink.rerender(<App text="two" />);
    await ink.waitUntilRenderFlush();
    expect(device.read()).toEqual([]);

    ink.unmount();
    await ink.waitUntilExit();
    const last = device.read().join('');
    expect(last.replaceAll('\u001B[?25h', '').replaceAll('\u001B[?2004l', '')).toBe(goodbye);
    await terminal.write(last);
    expect(terminal.isAlternate()).toBe(false);
    expect(terminal.cursor().visible).toBe(true);
    expect(terminal.modes.bracketedPaste).toBe(false);
  });
});

describe('a frame', () => {
  it('is written at once, and an equal one not at all', async () => {
    const { device, draw } = await opened();
    draw('one\ntwo');
    expect(device.waiting()).toEqual(['\u001B[H\u001B[J\u001B[Hone\r\ntwo']);
    await settled();
    device.read();
    draw('one\ntwo');
    draw('one\ntwo');
    await settled();
    expect(device.read()).toEqual([]);
  });

  it('is a synchronized update if it is large, so that no half of it is visible', async () => {
    const { device, draw } = await opened({ columns: 100, rows: 40 });
    draw(Array.from({ length: 40 }, (_, row) => `${row} ${'x'.repeat(90)}`).join('\n'));
    await settled();
    const [first = ''] = device.read();
    expect(first.startsWith(beginUpdate)).toBe(true);
    expect(first.endsWith(endUpdate)).toBe(true);
    draw('small');
    await settled();
    expect(device.read().join('')).not.toContain(beginUpdate);
  });

  it('waits until the terminal has accepted the last one, and is replaced by a newer one', async () => {
    const { device, output, draw } = await opened();
    device.stall();
    draw('one');
    draw('two');
    draw('three');
    expect(device.waiting()).toHaveLength(1);
    output.stream.write('\u001B[?2004h');
    device.take(1);
    expect(device.waiting()).toEqual(['\u001B[?2004h', '\u001B[Hthree']);
    device.take();
    expect(device.read().join('')).not.toContain('tw');
  });

  it('that waits is never drawn after the alternate screen has been left', async () => {
    const { device, output, draw } = await opened();
    device.stall();
    draw('one');
    draw('two');
    output.stream.write(leave);
    let isFlushed = false;
    void output.flushed(60_000).then(() => {
      isFlushed = true;
    });
    device.take();
    await settled();
    expect(isFlushed).toBe(true);
    expect(device.read()).toEqual(['\u001B[H\u001B[J\u001B[Hone', goodbye]);
  });

  it('is on the screen cell by cell, however slow the line is and however the window is resized', async () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ kind: fc.constant('draw' as const) }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('take' as const), upTo: fc.integer({ min: 1, max: 3 }) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('resize' as const), size }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('again' as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(frames, size, fc.array(step, { maxLength: 20 }), async (all, first, steps) => {
        let window = first;
        let shown = all[0] ?? [];
        let next = 0;
        const terminal = createTerminal(window);
        const { device, output, draw } = open(window);
        device.stall();
        output.stream.write(enter);
        // Bytes that the terminal has not read when its size changes reach it in the new size, as in a real one.
        const see = () => terminal.write(device.read().join(''));
        draw(written(shown));
        for (const each of steps) {
          if (each.kind === 'draw') {
            next += 1;
            shown = all[next % all.length] ?? [];
            draw(written(shown));
          } else if (each.kind === 'take') {
            device.take(each.upTo);
            await see();
          } else if (each.kind === 'resize') {
            window = each.size;
            terminal.resize(window.columns, window.rows);
            output.resize(window);
            output.repaint(() => {});
          } else {
            output.stream.write(leave);
            output.stream.write(enter);
            draw(written(shown));
          }
          // One frame at most is under way.
          expect(
            device.waiting().filter((text) => text !== goodbye && /\u001B\[[\d;]*H/.test(text)).length,
          ).toBeLessThanOrEqual(1);
        }
        const flushed = output.flushed(60_000);
        device.take();
        await flushed;
        await see();
        expect(terminal.cells().map((cells) => cells.map(asSeen))).toEqual(intended(shown, window));
        expect(device.waiting()).toEqual([]);
        terminal.dispose();
      }),
      { numRuns: 200 },
    );
  });
});

describe('a new size', () => {
  it('is reported to Ink when the screen is erased, and no frame is drawn in between', async () => {
    const { device, output, draw } = await opened();
    draw('one\ntwo');
    await settled();
    device.read();
    const heard: (number | undefined)[] = [];
    output.stream.on('resize', () => {
      heard.push(output.stream.columns);
      draw('new');
    });
    output.resize({ columns: 10, rows: 2 });
    expect([output.stream.columns, output.stream.rows]).toEqual([10, 2]);
    expect(heard).toEqual([]);
    output.repaint(() => draw('on the way'));
    await settled();
    expect(heard).toEqual([10]);
    expect(device.read()).toEqual(['\u001B[H\u001B[J\u001B[Hnew']);
  });

  it('draws a frame again that another program has overwritten', async () => {
    const { device, output, draw } = await opened();
    draw('one');
    await settled();
    device.read();
    output.repaint(() => {});
    await settled();
    expect(device.read()).toEqual(['\u001B[H\u001B[J\u001B[Hone']);
  });
});

describe('waiting for the terminal', () => {
  it('ends when the newest frame has been accepted', async () => {
    const { device, output, draw } = await opened();
    device.stall();
    draw('one');
    draw('two');
    let isFlushed = false;
    const flushed = output.flushed(60_000).then(() => {
      isFlushed = true;
    });
    device.take(1);
    await settled();
    expect(isFlushed).toBe(false);
    device.take();
    await flushed;
    expect(device.read().at(-1)).toBe('\u001B[Htwo');
  });

  it('ends in time if it accepts nothing', async () => {
    const { device, output, draw } = await opened();
    device.stall();
    draw('one');
    await output.flushed(1);
    expect(device.waiting()).toHaveLength(1);
  });
});

describe('the cursor', () => {
  const frame = (last: string) => ['one', 'two', 'three', last].join('\n');

  it('is where text is typed, and hidden while a frame is drawn', async () => {
    const { device, output, draw } = await opened();
    draw(frame('/ab'));
    await settled();
    device.read();
    output.placeCaret({ row: 3, column: 3 });
    await settled();
    expect(device.read()).toEqual(['\u001B[4;4H\u001B[?25h']);
    draw(frame('/abc'));
    await settled();
    expect(device.read()).toEqual(['\u001B[?25l\u001B[4;4Hc\u001B[4;4H\u001B[?25h']);
    output.placeCaret(null);
    await settled();
    expect(device.read()).toEqual(['\u001B[?25l']);
  });

  it('costs no bytes if it stays, or if it is hidden', async () => {
    const { device, output, draw } = await opened();
    output.placeCaret({ row: 3, column: 0 });
    draw(frame('/'));
    await settled();
    device.read();
    draw(frame('/'));
    output.placeCaret({ row: 3, column: 0 });
    await settled();
    expect(device.read()).toEqual([]);
  });

  it('is shown again with the screen', async () => {
    const { device, output, draw } = await opened();
    output.placeCaret({ row: 3, column: 1 });
    draw(frame('/'));
    output.stream.write(leave);
    output.stream.write(enter);
    draw(frame('/'));
    await settled();
    expect(device.read().at(-1)).toMatch(/\u001B\[4;2H\u001B\[\?25h$/);
  });
});
