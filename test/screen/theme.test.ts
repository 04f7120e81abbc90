import { describe, expect, it } from 'vitest';
import { type Colours, type Tone, themeOf } from '../../source/presentation/theme.ts';
import { paintLine } from '../../source/screen/paint.ts';

const everyTone: Readonly<Record<Tone, true>> = {
  plain: true,
  dim: true,
  strong: true,
  good: true,
  bad: true,
  warn: true,
  live: true,
  accent: true,
  chip: true,
  guard: true,
  alarm: true,
};
const tones = Object.keys(everyTone) as Tone[];

/** The 16 colours as xterm has them. */
const sixteen = [
  [0, 0, 0],
  [205, 0, 0],
  [0, 205, 0],
  [205, 205, 0],
  [0, 0, 238],
  [205, 0, 205],
  [0, 205, 205],
  [229, 229, 229],
];

/** Red, green and blue of one of the 256 colours (xterm's colour cube and greys). */
function fixed(index: number): number[] {
  if (index >= 232) return [0, 1, 2].map(() => 8 + 10 * (index - 232));
  const level = (value: number): number => (value === 0 ? 0 : 55 + 40 * value);
  const cube = index - 16;
  return [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(level);
}

const white = [255, 255, 255];
/** Light backgrounds: white, that of Solarized, and the light grey of the 16 colours. */
const lightBackgrounds = [white, [253, 246, 227], [229, 229, 229]];

/** Relative luminance (WCAG 2.2). */
function luminance(colour: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Contrast of a dark colour on a light background, and in inverse the same (WCAG 2.2, 1.4.3). */
function contrast(colour: readonly number[], background: readonly number[]): number {
  return (luminance(background) + 0.05) / (luminance(colour) + 0.05);
}

/** The colour in which a text is painted; black where it is the terminal's own. */
function colourOf(painted: string): readonly number[] {
  const extended = /\u001B\[38;5;(\d+)m/.exec(painted)?.[1];
  if (extended !== undefined) return fixed(Number(extended));
  const basic = /\u001B\[3(\d)m/.exec(painted)?.[1];
  return basic === undefined ? [0, 0, 0] : (sixteen[Number(basic)] ?? []);
}

describe('the theme', () => {
  it.each<[string, Record<string, string>, readonly (readonly number[])[]]>([
    // The terminal chooses the 16 colours: these are measured as xterm has them.
    ['16', { TERM: 'xterm' }, lightBackgrounds],
    ['256', { TERM: 'xterm-256color' }, lightBackgrounds],
  ])('can be read on light backgrounds with %s colours', (_, env, backgrounds) => {
    const theme = themeOf(env, { theme: 'light' });
    const painted = [
      ...tones.map((tone) => paintLine([{ text: 'x', tone }], 10, theme)),
      paintLine([{ text: 'x' }], 10, theme, { selected: true }),
      paintLine([{ text: 'x' }], 10, theme, { faded: true }),
    ];
    for (const text of painted) {
      // A style with a background would be a pair that this does not measure.
      expect(text).not.toMatch(/\u001B\[(?:[\d;]*;)?(?:2|4[0-8]|10\d)m/);
      for (const background of backgrounds)
        expect({ text, isLegible: contrast(colourOf(text), background) >= 4.5 }).toEqual({ text, isLegible: true });
    }
  });

  it('distinguishes good, bad, warning and live on a light background', () => {
    for (const TERM of ['xterm', 'xterm-256color']) {
      const theme = themeOf({ TERM }, { theme: 'light' });
      const painted = ['good', 'bad', 'warn', 'live'].map((tone) =>
        paintLine([{ text: 'x', tone: tone as Tone }], 9, theme),
      );
      expect(new Set(painted).size).toBe(4);
    }
  });

  it.each<[string, Record<string, string>, Colours]>([
    ['is dark where the terminal says nothing', { TERM: 'xterm-256color' }, 'dark'],
    ['is light where COLORFGBG says so', { TERM: 'xterm', COLORFGBG: '0;15' }, 'light'],
    ['reads the last field of COLORFGBG', { TERM: 'rxvt-unicode-256color', COLORFGBG: '0;default;15' }, 'light-256'],
    ['is dark where COLORFGBG says so', { TERM: 'xterm', COLORFGBG: '15;0' }, 'dark'],
    ['is dark where COLORFGBG says dark grey', { TERM: 'xterm', COLORFGBG: '15;8' }, 'dark'],
    ['has no colour under NO_COLOR', { TERM: 'xterm', NO_COLOR: '1' }, 'none'],
    ['has no colour on a VT100', { TERM: 'vt100' }, 'none'],
    ['has no colour on a VT220', { TERM: 'vt220' }, 'none'],
    ['has no colour on xterm-mono', { TERM: 'xterm-mono' }, 'none'],
  ])('%s', (_, env, colours) => {
    expect(themeOf(env).colours).toBe(colours);
  });

  it('prefers the option to the environment', () => {
    expect(themeOf({ TERM: 'xterm', COLORFGBG: '0;15' }, { theme: 'dark' }).colours).toBe('dark');
    expect(themeOf({ TERM: 'xterm', COLORFGBG: '15;0' }, { theme: 'light' }).colours).toBe('light');
  });
});

describe('the signs', () => {
  const signsOf = (env: Record<string, string>, ambiguousWidth: 'auto' | '1' | '2' = 'auto'): string =>
    JSON.stringify(themeOf(env, { ambiguousWidth }).glyphs);

  it('are ASCII if the locale is not UTF-8, or if signs take two columns', () => {
    for (const signs of [
      signsOf({ LC_ALL: 'C' }),
      signsOf({ LANG: 'ja_JP.UTF-8', VTE_CJK_WIDTH: 'wide' }),
      signsOf({ LANG: 'ja_JP.UTF-8' }, '2'),
    ])
      expect(signs).toMatch(/^[ -~]*$/);
  });

  it('are those of its font on the Linux console', () => {
    expect(signsOf({ TERM: 'linux', LANG: 'en_US.UTF-8' })).toMatch(/^[ -~·»░▒▓█]*$/);
  });

  it('are narrow if the user says so', () => {
    expect(signsOf({ LANG: 'ja_JP.UTF-8', VTE_CJK_WIDTH: 'wide' }, '1')).toContain('●');
  });
});
