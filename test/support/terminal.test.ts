import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { createTerminal, pastedBytes, showsText, waitForScreen } from './terminal.ts';

async function show(bytes: string, columns = 20, rows = 3) {
  const terminal = createTerminal({ columns, rows, newlineReturns: true });
  await terminal.write(bytes);
  return terminal;
}

describe('text', () => {
  it('has a line for each row and no trailing blanks', async () => {
    const terminal = await show('one  \r\n\r\nthree');
    expect(terminal.text()).toBe('one\n\nthree');
  });

  it('shows wide characters once and counts two columns for each', async () => {
    const terminal = await show('移行 failed');
    expect(terminal.text().split('\n')[0]).toBe('移行 failed');
    expect(terminal.cursor()).toMatchObject({ x: 11, y: 0 });
  });

  it.each([
    ['CJK', '移'],
    ['emoji', '🚀'],
    ['emoji presentation selector', '❤️'],
    ['skin tone', '👍🏽'],
    ['family of three joined by ZWJ', '👨‍👩‍👧'],
    ['flag', '🇩🇪'],
    ['keycap', '1️⃣'],
    ['combining acute accent', 'e\u0301'],
    ['stacked combining marks', 'a\u0300\u0323'],
    ['Hangul jamo of one syllable', '\u1112\u1161\u11AB'],
    ['Devanagari vowel sign', 'का'],
    ['half-width katakana with its mark', 'ｶﾞ'],
    ['repeated leading jamo, three columns and more', '\u1100\u1100\u1161'],
    ['box drawing', '│'],
    ['zero-width space', 'a\u200Bb'],
  ])('gives %s the columns that Ink counts', async (_, text) => {
    const terminal = await show(`${text}|`);
    expect(terminal.cursor().x).toBe(stringWidth(text) + 1);
    expect(terminal.text().split('\n')[0]).toBe(`${text}|`);
  });

  it('keeps a ZWJ sequence in one cell when its bytes arrive in parts', async () => {
    const terminal = createTerminal({ columns: 10, rows: 1 });
    for (const byte of Buffer.from('👨‍👩‍👧x')) await terminal.write(Uint8Array.of(byte));
    expect(terminal.cells()[0]?.slice(0, 3)).toMatchObject([
      { text: '👨‍👩‍👧', width: 2 },
      { text: '', width: 0 },
      { text: 'x', width: 1 },
    ]);
  });

  it('does not let a mark leave its cell after a change of colour', async () => {
    const terminal = await show('e\u001B[31m\u0301x');
    expect(terminal.text().split('\n')[0]).toBe('e\u0301x');
    expect(terminal.cursor().x).toBe(2);
  });
});

describe('the right edge', () => {
  it('holds a wide character that fits exactly', async () => {
    const terminal = await show('abcd移', 6, 2);
    expect(terminal.text()).toBe('abcd移\n');
    expect(terminal.overflow()).toEqual({ wrappedLines: 0, scrolledLines: 0 });
  });

  it('wraps a wide character that has one column left, and says so', async () => {
    const terminal = await show('abcde移', 6, 2);
    expect(terminal.text()).toBe('abcde\n移');
    expect(terminal.overflow().wrappedLines).toBe(1);
  });

  it('counts lines scrolled away, also on the alternate screen which keeps none', async () => {
    const normal = await show('1\n2\n3\n4\n5');
    expect(normal.scrollbackLength()).toBe(2);
    expect(normal.overflow().scrolledLines).toBe(2);
    const alternate = await show('\u001B[?1049h\u001B[H1\n2\n3\n4');
    expect(alternate.scrollbackLength()).toBe(0);
    expect(alternate.overflow().scrolledLines).toBe(1);
    alternate.resetOverflow();
    expect(alternate.overflow()).toEqual({ wrappedLines: 0, scrolledLines: 0 });
  });

  it('remembers an overflow that a later frame has painted over', async () => {
    const terminal = await show('too wide for this', 10, 3);
    await terminal.write('\u001B[H\u001B[Jshort');
    expect(terminal.text().trimEnd()).toBe('short');
    expect(terminal.overflow().wrappedLines).toBe(1);
  });
});

describe('styled', () => {
  const styled = async (bytes: string) => (await show(bytes, 40, 1)).styled();

  it('names colours and attributes where they change', async () => {
    expect(await styled('ok \u001B[1;31mfailed\u001B[0m 3')).toBe('ok {red bold}failed{/} 3');
    expect(await styled('\u001B[32mdone\u001B[33mheld\u001B[39mrest')).toBe('{green}done{yellow}held{/}rest');
    expect(await styled('\u001B[2;90mfaint\u001B[0m \u001B[91;44mx\u001B[0m')).toBe(
      '{gray dim}faint{/} {bright-red on-blue}x{/}',
    );
  });

  it('names the 256 colours and true colour', async () => {
    expect(await styled('\u001B[38;5;208mA\u001B[48;5;4mB\u001B[0m')).toBe('{color-208}A{color-208 on-blue}B{/}');
    expect(await styled('\u001B[38;2;255;0;16mA\u001B[0;48;2;1;2;3mB')).toBe('{#ff0010}A{on-#010203}B{/}');
  });

  it('keeps the blanks between words of one style inside it and all others outside', async () => {
    expect(await styled('\u001B[31ma b  \u001B[32m c\u001B[0m')).toBe('{red}a b{/}   {green}c{/}');
  });

  it('shows how far a bar of inverse or background colour reaches', async () => {
    expect(await styled('\u001B[7m row   \u001B[0m  next')).toBe('{inverse} row   {/}  next');
    expect(await styled('\u001B[44m   \u001B[0m')).toBe('{on-blue}   {/}');
    expect(await styled('\u001B[7mab\u001B[0m \u001B[7mcd\u001B[0m')).toBe('{inverse}ab{/} {inverse}cd{/}');
  });

  it('writes a literal brace twice', async () => {
    expect(await styled('{"id":1}')).toBe('{{"id":1}');
  });
});

describe('the rest of a terminal', () => {
  it('tells whether the alternate screen and the cursor are shown', async () => {
    const terminal = await show('shell\u001B[?1049h\u001B[?25l\u001B[Hprogram');
    expect(terminal.isAlternate()).toBe(true);
    expect(terminal.cursor()).toEqual({ x: 7, y: 0, visible: false });
    await terminal.write('\u001B[?1049l\u001B[?25h');
    expect(terminal.isAlternate()).toBe(false);
    expect(terminal.cursor().visible).toBe(true);
    expect(terminal.text().trimEnd()).toBe('shell');
  });

  it('tells the modes that programs must leave as they found them', async () => {
    const terminal = await show('\u001B[?2004h\u001B[?1002h\u001B[?1h\u001B[?1004h');
    expect(terminal.modes).toMatchObject({
      bracketedPaste: true,
      mouse: 'drag',
      applicationCursor: true,
      focusEvents: true,
    });
    await terminal.write('\u001B[?2004l\u001B[?1002l\u001B[?1l\u001B[?1004l');
    expect(terminal.modes).toMatchObject({
      bracketedPaste: false,
      mouse: 'none',
      applicationCursor: false,
      focusEvents: false,
    });
  });

  it('records what is written to the clipboard, however the sequence ends', async () => {
    const payload = Buffer.from('rm -rf ~ ü').toString('base64');
    const terminal = await show(`\u001B]52;c;${payload}\u0007\u001B]52;;${payload}\u001B\\\u001B]52;c;?\u0007`);
    expect(terminal.writtenToClipboard).toEqual(['rm -rf ~ ü', 'rm -rf ~ ü', '?']);
  });

  it('knows the title and counts bells', async () => {
    const terminal = await show('\u001B]2;migtop\u0007\u0007\u0007');
    expect(terminal.title).toBe('migtop');
    expect(terminal.bells).toBe(2);
  });

  it('answers queries', async () => {
    const terminal = createTerminal({ columns: 10, rows: 2 });
    const answers: string[] = [];
    terminal.onAnswer((bytes) => answers.push(bytes));
    await terminal.write('ab\u001B[6n\u001B[c');
    expect(answers).toEqual(['\u001B[1;3R', '\u001B[?1;2c']);
  });

  it('resizes', async () => {
    const terminal = await show('\u001B[?1049h\u001B[Habcdef', 10, 3);
    terminal.resize(4, 2);
    expect([terminal.columns, terminal.rows]).toEqual([4, 2]);
    expect(terminal.text()).toBe('abcd\n');
  });

  it('pastes in brackets only for a program that asked', async () => {
    const terminal = createTerminal({ columns: 10, rows: 1 });
    expect(pastedBytes(terminal, 'a\nb')).toBe('a\rb');
    await terminal.write('\u001B[?2004h');
    expect(pastedBytes(terminal, 'a\nb')).toBe('\u001B[200~a\rb\u001B[201~');
  });
});

describe('waitForScreen', () => {
  it('resolves once the text is there, in however many parts', async () => {
    const terminal = createTerminal({ columns: 10, rows: 1 });
    const waiting = waitForScreen(terminal, showsText(/re.dy/g));
    await terminal.write('rea');
    await terminal.write('dy');
    await waiting;
  });

  it('rejects with the screen', async () => {
    const terminal = await show('what there is');
    await expect(waitForScreen(terminal, showsText('gone'), { timeoutMs: 1, description: '"gone"' })).rejects.toThrow(
      /1 ms passed while waiting for "gone".*[\s\S]*what there is/,
    );
  });
});
