import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isVisibleOnBlank, plain, sequenceBetween, styleAfter } from '../../../source/screen/terminal/sgr.ts';

const parameter = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '1',
    '2',
    '3',
    '4',
    '7',
    '9',
    '22',
    '23',
    '24',
    '27',
    '29',
    '39',
    '49',
    '31',
    '92',
    '44',
    '107',
  ),
  fc.nat(255).map((index) => `38;5;${index}`),
  fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)).map(([red, green, blue]) => `48;2;${red};${green};${blue}`),
);
const style = fc.array(parameter, { maxLength: 6 }).map((parameters) => styleAfter(plain, parameters.join(';')));

describe('the sequence from one style to another', () => {
  it('changes the style at once, and is empty if they are the same', () => {
    fc.assert(
      fc.property(style, style, (from, to) => {
        const sequence = sequenceBetween(from, to);
        expect(sequence).toMatch(from === to ? /^$/ : /^\u001B\[[\d;]*m$/);
        if (from !== to) expect(styleAfter(from, sequence.slice(2, -1))).toBe(to);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['', '31', '31'],
    ['31', '', ''],
    ['31', '32', '32'],
    ['1;31', '31', '22'],
    ['1;2', '2', ';2'],
    ['31;44', '31', '49'],
    ['1;3;4;31', '32', ';32'],
    ['38;2;1;2;3', '1;38;2;1;2;3', '1'],
    ['7;38;2;1;2;3', '38;2;1;2;3', '27'],
  ])('from %j to %j is %j', (from, to, parameters) => {
    expect(sequenceBetween(styleAfter(plain, from), styleAfter(plain, to))).toBe(`\u001B[${parameters}m`);
  });
});

describe('a style', () => {
  it('has the same number after different sequences with the same effect', () => {
    expect(styleAfter(styleAfter(plain, '31'), '1')).toBe(styleAfter(plain, '1;31'));
    expect(styleAfter(plain, '31;1;0')).toBe(plain);
    expect(styleAfter(plain, '1;4;22;24')).toBe(plain);
    expect(styleAfter(plain, '31;')).toBe(plain);
  });

  it('ignores unknown parameters', () => {
    expect(styleAfter(plain, '10;58;99')).toBe(plain);
  });

  it('is visible on a blank if it has a background or a line', () => {
    for (const parameters of ['44', '7', '4', '9', '48;5;100']) {
      expect(isVisibleOnBlank(styleAfter(plain, parameters)), parameters).toBe(true);
    }
    for (const parameters of ['', '31', '1', '2', '3']) {
      expect(isVisibleOnBlank(styleAfter(plain, parameters)), parameters).toBe(false);
    }
  });
});
