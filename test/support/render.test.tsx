import { Box, Text, useApp, useInput, usePaste, useWindowSize } from 'ink';
import { useEffect, useState } from 'react';
import { describe, expect, it } from 'vitest';
import { expectScreen, renderScreen } from './render.tsx';
import { keys } from './terminal.ts';

/** Shows each piece of input as Ink hands it over. */
function InputLog() {
  const [events, setEvents] = useState<string[]>([]);
  const add = (event: string) => setEvents((earlier) => [...earlier, event]);
  useInput((input, key) => {
    const pressed = Object.entries(key).flatMap(([name, isPressed]) => (isPressed === true ? [name] : []));
    add([...pressed, JSON.stringify(input)].join(' '));
  });
  usePaste((text) => add(`paste ${JSON.stringify(text)}`));
  return (
    <Box flexDirection="column">
      {events.map((event, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: events are only ever appended
        <Text key={index}>{event}</Text>
      ))}
    </Box>
  );
}

/** A bordered panel that fills the window. */
function Panel({ title }: { title: string }) {
  const { columns, rows } = useWindowSize();
  return (
    <Box borderStyle="round" flexDirection="column" height={rows} width={columns}>
      <Text bold>{title}</Text>
      <Text>
        <Text color="green">✓</Text> 移行 🚀 <Text color="red">failed</Text>
      </Text>
      <Text inverse> selected </Text>
    </Box>
  );
}

describe('renderScreen', () => {
  it('draws on the alternate screen with the cursor hidden, and leaves the terminal as it was', async () => {
    const screen = await renderScreen(<InputLog />, { columns: 30, rows: 5 });
    expect(screen.terminal.isAlternate()).toBe(true);
    expect(screen.terminal.cursor().visible).toBe(false);
    expect(screen.terminal.modes.bracketedPaste).toBe(true);
    expect(screen.isRawMode()).toBe(true);
    await screen.unmount();
    expect(screen.terminal.isAlternate()).toBe(false);
    expect(screen.terminal.cursor().visible).toBe(true);
    expect(screen.terminal.modes.bracketedPaste).toBe(false);
    expect(screen.isRawMode()).toBe(false);
    expect(screen.terminal.text().trim()).toBe('');
  });

  it('passes keys as the program gets them', async () => {
    await using screen = await renderScreen(<InputLog />, { columns: 40, rows: 20 });
    await screen.press('j');
    await screen.press('jjj');
    await screen.press(keys.down);
    await screen.press(keys.down + keys.down);
    await screen.press(keys.escape);
    await screen.press(keys.enter);
    await screen.press(keys.ctrl('d'));
    await screen.press('G');
    await screen.press(`a${keys.backspace}b`);
    await screen.paste('x\ny');
    expect((await screen.text()).trimEnd().split('\n')).toEqual([
      '"j"',
      '"jjj"',
      'downArrow ""',
      'downArrow ""',
      'downArrow ""',
      'escape ""',
      'return "\\r"',
      'ctrl "d"',
      'shift "G"',
      '"a"',
      'backspace ""',
      '"b"',
      'paste "x\\ry"',
    ]);
  });

  it('settles only when the effects of a key are drawn', async () => {
    function Chain() {
      const [step, setStep] = useState(0);
      useInput(() => setStep(1));
      useEffect(() => {
        if (step > 0 && step < 6) setStep(step + 1);
      }, [step]);
      return <Text>step {step}</Text>;
    }
    await using screen = await renderScreen(<Chain />, { columns: 20, rows: 3 });
    await screen.press('x');
    expect(await screen.text()).toContain('step 6');
  });

  it('waits for what comes later', async () => {
    let finish: (text: string) => void = () => {};
    function Later() {
      const [text, setText] = useState('loading');
      useEffect(() => {
        finish = setText;
      }, []);
      return <Text>{text}</Text>;
    }
    await using screen = await renderScreen(<Later />, { columns: 20, rows: 3 });
    const waiting = screen.waitForText(/^loaded/m);
    setImmediate(() => finish('loaded'));
    await waiting;
    await expect(screen.waitForText('gone', { timeoutMs: 1 })).rejects.toThrow(/text gone[\s\S]*loaded/);
  });

  it('draws again with new props, and writes no more than what changed', async () => {
    await using screen = await renderScreen(<Panel title="one" />, { columns: 60, rows: 20 });
    const before = screen.bytesWritten();
    await screen.rerender(<Panel title="two" />);
    expect(await screen.text()).toContain('two');
    expect(screen.bytesWritten() - before).toBeLessThan(300);
  });

  it('follows the size of the window in both directions', async () => {
    await using screen = await renderScreen(<Panel title="size" />, { columns: 30, rows: 6 });
    for (const [columns, rows] of [
      [50, 12],
      [24, 5],
      [30, 6],
    ] as const) {
      await screen.resize(columns, rows);
      const lines = (await screen.text()).split('\n');
      expect(lines[0]).toBe(`╭${'─'.repeat(columns - 2)}╮`);
      expect(lines[rows - 1]).toBe(`╰${'─'.repeat(columns - 2)}╯`);
    }
  });

  it('rejects with the error of a component that throws', async () => {
    function Broken(): never {
      throw new Error('no such phase');
    }
    await expect(renderScreen(<Broken />, { columns: 20, rows: 3 })).rejects.toThrow('no such phase');
  });

  it('resolves to the value that the app passed to exit', async () => {
    function Quitter() {
      const { exit } = useApp();
      useInput(() => exit('bye'));
      return <Text>press</Text>;
    }
    const screen = await renderScreen(<Quitter />, { columns: 20, rows: 3 });
    await screen.press('q');
    expect(await screen.waitUntilExit()).toBe('bye');
    expect(screen.terminal.isAlternate()).toBe(false);
  });

  it('sets the environment until the screen is unmounted', async () => {
    const screen = await renderScreen(<Text>{process.env.PATH ? 'path' : 'none'}</Text>, {
      columns: 20,
      rows: 3,
      env: { MIGTOP_SELF_TEST: 'on' },
    });
    expect(process.env.MIGTOP_SELF_TEST).toBe('on');
    await screen.unmount();
    expect(process.env.MIGTOP_SELF_TEST).toBeUndefined();
  });
});

describe('expectScreen', () => {
  it('compares with the golden file of its size', async () => {
    await using screen = await renderScreen(<Panel title="PHASES" />, { columns: 40, rows: 6 });
    await expectScreen(screen, 'self-test');
  });

  it('fails for a line that is too wide', async () => {
    const element = (
      <Box width={30}>
        <Text>{'x'.repeat(30)}</Text>
      </Box>
    );
    await using screen = await renderScreen(element, { columns: 20, rows: 5 });
    await expect(expectScreen(screen, 'never-written')).rejects.toThrow(/wider than the window of 20x5/);
  });

  it('fails for a wide character that straddles the right edge', async () => {
    const element = (
      <Box width={21}>
        <Text>{'x'.repeat(19)}移</Text>
      </Box>
    );
    await using screen = await renderScreen(element, { columns: 20, rows: 5 });
    await expect(expectScreen(screen, 'never-written')).rejects.toThrow(/wider than the window/);
  });

  it('fails for a screen that is too tall', async () => {
    const lines = Array.from({ length: 7 }, (_, index) => `line ${index}`).join('\n');
    await using screen = await renderScreen(<Text>{lines}</Text>, { columns: 20, rows: 5 });
    await expect(expectScreen(screen, 'never-written')).rejects.toThrow(/taller than the window of 20x5/);
  });

  it('fails for a frame that was too wide even if the next one fits', async () => {
    const wide = (
      <Box width={30}>
        <Text>{'x'.repeat(30)}</Text>
      </Box>
    );
    await using screen = await renderScreen(wide, { columns: 20, rows: 5 });
    await screen.rerender(<Text>fits</Text>);
    await expect(expectScreen(screen, 'never-written')).rejects.toThrow(/wider than the window/);
  });
});
