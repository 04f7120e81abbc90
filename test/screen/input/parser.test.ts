import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Typed } from '../../../source/monitor/typed.ts';
import { createInputParser, patienceMs } from '../../../source/screen/input/parser.ts';
import { binary, keyForms, noise } from './sequences.ts';

const esc = '\u001B';

function parse(...chunks: (string | Uint8Array)[]): Typed[] {
  const parser = createInputParser();
  return chunks.flatMap((chunk) => parser.push(Buffer.from(chunk as string), 0));
}

const key = (chord: string): Typed => ({ kind: 'key', chord });
const characters = (text: string): Typed[] => [...text].map((each) => ({ kind: 'character', text: each }));

describe('a key', () => {
  it.each(keyForms)('%j is %s', (form, chord) => {
    expect(parse(form)).toEqual([key(chord)]);
  });

  it('that is a character is reported as one, line ends and tabs too', () => {
    expect(parse('pG?移é😀\r\n\t ')).toEqual(characters('pG?移é😀\r\n\t '));
  });

  it('is Esc if nothing follows its ESC, once for each press', () => {
    const parser = createInputParser();
    expect(parser.push(Buffer.from(`${esc}${esc}`), 0)).toEqual([]);
    expect(parser.pending()).toBe('escape');
    expect(parser.giveUp(100)).toEqual([key('escape'), key('escape')]);
    expect(parser.pending()).toBe(null);
  });

  it('is Esc and a character if the program was too busy to read them apart', () => {
    const late = (...chunks: readonly [text: string, atMs: number, isLate: boolean][]): Typed[] => {
      const parser = createInputParser();
      return chunks.flatMap(([text, atMs, isLate]) => parser.push(Buffer.from(text), atMs, isLate));
    };
    expect(late([`${esc}j`, 0, true])).toEqual([key('escape'), ...characters('j')]);
    expect(late([`${esc}é`, 0, true])).toEqual([key('escape'), ...characters('é')]);
    // The timer for the ESC alone has not run yet.
    expect(late([esc, 0, false], ['j', 300, false])).toEqual([key('escape'), ...characters('j')]);
    expect(late([esc, 0, false], ['j', 30, false])).toEqual([key('alt-j')]);
    expect(late([`${esc}[A`, 0, true])).toEqual([key('up')]);
    expect(late([`${esc}P>|xterm(390)${esc}\\`, 0, true])).toEqual([]);
  });

  it.each(['P', 'X', 'O'])('is Esc and %s, with which sequences begin, if nothing follows', (letter) => {
    const parser = createInputParser();
    expect(parser.push(Buffer.from(`${esc}${letter}`), 0, true)).toEqual([]);
    expect(parser.pending()).toBe('introducer');
    expect(parser.giveUp(patienceMs.introducer)).toEqual([key('escape'), ...characters(letter)]);
    // Typed at once, it may be the letter with Alt.
    parser.push(Buffer.from(`${esc}${letter}`), 2000);
    expect(parser.giveUp(2000 + patienceMs.introducer)).toEqual([]);
  });

  it('is Esc before a report that arrived with it', () => {
    expect(parse(`${esc}${esc}[<0;1;1M`)).toEqual([key('escape')]);
    expect(parse(`${esc}${esc}]11;rgb:0/0/0${esc}\\`)).toEqual([key('escape')]);
  });

  it('with an associated text is that text', () => {
    expect(parse(`${esc}[0;1;104:105u`)).toEqual([key('h'), key('i')]);
    expect(parse(`${esc}[97;1;27:91u`)).toEqual([key('[')]);
  });
});

describe('a sequence that is no key', () => {
  it.each(Object.entries(noise))('%s leaves nothing behind, whole or byte by byte', (_, bytes) => {
    expect(parse(bytes, 'j')).toEqual(characters('j'));
    expect(parse(...Array.from(bytes, (byte) => Uint8Array.of(byte)), 'j')).toEqual(characters('j'));
  });

  it('ends at a control character', () => {
    expect(parse(`${esc}[11\rj`)).toEqual(characters('\rj'));
    expect(parse(`${esc}[M \u0003j`)).toEqual([key('ctrl-c'), ...characters('j')]);
    expect(parse(`${esc}]11;rgb\u001Aj`)).toEqual([key('ctrl-z'), ...characters('j')]);
  });

  it('ends if another sequence begins', () => {
    expect(parse(`${esc}]11;rgb:1e${esc}[A`)).toEqual([key('up')]);
    expect(parse(`${esc}[11;${esc}[A`)).toEqual([key('up')]);
  });

  it('may be longer than any key', () => {
    expect(parse(`${esc}[${'1;'.repeat(5000)}uj`)).toEqual(characters('j'));
    expect(parse(`${esc}]52;c;${'A'.repeat(100_000)}${esc}\\j`)).toEqual(characters('j'));
  });

  it('reports the end of a sequence with an unknown beginning', () => {
    expect(parse(`ux 3.4${esc}\\`)).toEqual([...characters('ux 3.4'), { kind: 'tail' }]);
    expect(parse('1e1e\u0007')).toEqual([...characters('1e1e'), { kind: 'tail' }]);
    expect(parse(`pause${esc}[201~`)).toEqual([...characters('pause'), { kind: 'tail' }]);
  });
});

describe('a paste', () => {
  it('is the text between its marks', () => {
    expect(parse(`a${esc}[200~p y\r${esc}[A${esc}[20~é${esc}[201~b`)).toEqual([
      ...characters('a'),
      { kind: 'paste', text: `p y\r${esc}[A${esc}[20~é`, whole: true },
      ...characters('b'),
    ]);
  });

  it('is cut to a maximum length, and read to its end', () => {
    // If an end were assumed, the text after it would be typed: megabytes of keys.
    const [pasted, ...after] = parse(`${esc}[200~${'x'.repeat(3_000_000)}${esc}[201~j`);
    expect(pasted).toMatchObject({ kind: 'paste', whole: true, text: 'x'.repeat(16_384) });
    expect(after).toEqual(characters('j'));
  });

  it('ends at ctrl-c, which is a key', () => {
    expect(parse(`${esc}[200~half\u0003`)).toEqual([{ kind: 'paste', text: 'half', whole: false }, key('ctrl-c')]);
  });
});

describe('a string or a paste without an end', () => {
  it.each([
    `${esc}]11;rgb`,
    `${esc}P>|tm`,
    `${esc}_x`,
    `${esc}[11;`,
    `${esc}O`,
    `${esc}]`,
    `${esc}[M `,
    '\u00E9'.slice(0),
  ])('%j is dropped when its rest does not come', (begun) => {
    const parser = createInputParser();
    const bytes = begun === '\u00E9' ? binary('\u00C3') : Buffer.from(begun);
    expect(parser.push(bytes, 0)).toEqual([]);
    const pending = parser.pending();
    expect(pending).not.toBe(null);
    expect(parser.giveUp(patienceMs[pending ?? 'escape'])).toEqual([]);
    expect(parser.push(Buffer.from('j'), 5000)).toEqual(characters('j'));
  });

  it('is reported as a partial paste', () => {
    const parser = createInputParser();
    parser.push(Buffer.from(`${esc}[200~half`), 0);
    expect(parser.pending()).toBe('paste');
    expect(parser.giveUp(1000)).toEqual([{ kind: 'paste', text: 'half', whole: false }]);
  });

  it.each([`${esc}]11;rgb`, `${esc}P>|tm`, `${esc}[200~half`])(
    '%j drops keys for a maximum of five seconds',
    (begun) => {
      const parser = createInputParser();
      parser.push(Buffer.from(begun), 0);
      const seen: Typed[] = [];
      for (let ms = 500; ms <= 6000; ms += 500) seen.push(...parser.push(Buffer.from('j'), ms));
      expect(seen.filter(({ kind }) => kind === 'character')).toHaveLength(2);
    },
  );

  it('continues while many bytes arrive at once, however long that takes', () => {
    const parser = createInputParser();
    parser.push(Buffer.from(`${esc}[200~`), 0);
    for (let ms = 900; ms <= 20_000; ms += 900) expect(parser.push(Buffer.alloc(4096, 'x'), ms)).toEqual([]);
    expect(parser.push(Buffer.from(`tail of it${esc}[201~`), 20_100)).toHaveLength(1);
  });

  it('is ended by Esc, which is not reported', () => {
    const parser = createInputParser();
    parser.push(Buffer.from(`${esc}]11;rgb`), 0);
    parser.push(Buffer.from(esc), 300);
    expect(parser.pending()).toBe('string-end');
    expect(parser.giveUp(400)).toEqual([]);
    expect(parser.push(Buffer.from('j'), 500)).toEqual(characters('j'));
  });

  it('is always ended by ctrl-c', () => {
    for (const begun of [`${esc}]11;`, `${esc}P`, `${esc}[1;`, `${esc}O`, esc, `${esc}[200~x`, `${esc}[M`, '\u00C3'])
      expect(parse(binary(begun), '\u0003').at(-1)).toEqual(key('ctrl-c'));
  });
});

describe('a sequence after an ESC that was read as Esc', () => {
  it.each([']11;rgb:1e1e/1e1e/2e2e\u001B\\', '[112;1:3u', '[<0;10;5M', '[M pu', 'P>|tmux 3.4\u001B\\', '\\'])(
    '%j is dropped all the same within a second',
    (rest) => {
      const parser = createInputParser();
      parser.push(Buffer.from(esc), 0);
      expect(parser.giveUp(100)).toEqual([key('escape')]);
      expect(parser.push(Buffer.from(rest), 600).filter(({ kind }) => kind !== 'tail')).toEqual([]);
      expect(parser.push(Buffer.from('j'), 700)).toEqual(characters('j'));
    },
  );

  it.each(['P', 'X', 'O', 'Pj'])('%s is no sequence, but keys', (letters) => {
    const parser = createInputParser();
    parser.push(Buffer.from(esc), 0);
    expect(parser.giveUp(100)).toEqual([key('escape')]);
    expect(parser.push(Buffer.from(letters), 350)).toEqual(characters(letters));
    expect(parser.pending()).toBe(null);
  });

  it('is text after that', () => {
    const parser = createInputParser();
    parser.push(Buffer.from(esc), 0);
    parser.giveUp(100);
    expect(parser.push(Buffer.from('[A'), 1200)).toEqual(characters('[A'));
  });
});

describe('any bytes', () => {
  const piece = fc.oneof(
    fc.constantFrom(...Object.values(noise)),
    fc.constantFrom(...keyForms.map(([form]) => Buffer.from(form))),
    fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
    fc.string({ unit: 'binary', maxLength: 6 }).map((text) => Buffer.from(text)),
    fc
      .constantFrom('\u001B', '\u001B[', '\u001B]', '\u001BP', '\u001B[200~', '\u001B[201~', '\u001B\\', '\u0007')
      .map((text) => Buffer.from(text)),
  );
  const stream = fc.array(piece, { maxLength: 12 }).map((pieces) => Buffer.concat(pieces));

  it('have the same meaning however they are divided', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(80), { maxLength: 20 }), (bytes, cuts) => {
        const whole = createInputParser();
        const expected = [...whole.push(bytes, 0), ...whole.giveUp(0)];
        const parser = createInputParser();
        const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
        const seen = places.slice(1).flatMap((to, index) => parser.push(bytes.subarray(places[index], to), 0));
        expect([...seen, ...parser.giveUp(0)]).toEqual(expected);
      }),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 500) },
    );
  });

  it('never hide ctrl-c, and leave nothing pending after it', () => {
    fc.assert(
      fc.property(stream, (bytes) => {
        const parser = createInputParser();
        parser.push(bytes, 0);
        expect(parser.push(Uint8Array.of(3), 0).at(-1)).toEqual(key('ctrl-c'));
        expect(parser.pending()).toBe(null);
      }),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 300) },
    );
  });

  it('are reported as well-formed text without control characters except line ends and tabs', () => {
    fc.assert(
      fc.property(stream, (bytes) => {
        for (const typed of createInputParser().push(bytes, 0)) {
          if (typed.kind === 'character')
            expect(typed.text).toMatch(/^[\t\n\r]$|^[^\u0000-\u001F\u007F-\u009F\uD800-\uDFFF]+$/u);
          if (typed.kind === 'key') expect(typed.chord).toMatch(/^[^\u0000-\u001F\u007F-\u009F\uD800-\uDFFF]+$/u);
        }
      }),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 300) },
    );
  });
});
