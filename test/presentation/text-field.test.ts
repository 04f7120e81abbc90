import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { typedPart } from '../../source/presentation/line.ts';
import { type Edit, edited, fieldOf, inserted, offered } from '../../source/presentation/text-field.ts';

/** A field, written with `|` at its caret. */
function field(marked: string) {
  const caret = marked.indexOf('|');
  return { text: marked.replace('|', ''), caret };
}

const marked = ({ text, caret }: { text: string; caret: number }) => `${text.slice(0, caret)}|${text.slice(caret)}`;

describe('a text field', () => {
  it.each<[string, Edit, string]>([
    ['ab|c', 'left', 'a|bc'],
    ['|abc', 'left', '|abc'],
    ['ab|c', 'right', 'abc|'],
    ['abc|', 'right', 'abc|'],
    ['ab|c', 'start', '|abc'],
    ['ab|c', 'end', 'abc|'],
    ['ab|c', 'erase', 'a|c'],
    ['|abc', 'erase', '|abc'],
    ['ab|c', 'delete', 'ab|'],
    ['abc|', 'delete', 'abc|'],
    ['one two  th|ree', 'erase-word', 'one two  |ree'],
    ['one two  |ree', 'erase-word', 'one |ree'],
    ['one two|', 'erase-before', '|'],
    ['one| two', 'erase-before', '| two'],
    ['one| two', 'erase-after', 'one|'],
    ['a👨‍👩‍👧|b', 'left', 'a|👨‍👩‍👧b'],
    ['a|👨‍👩‍👧b', 'right', 'a👨‍👩‍👧|b'],
    ['ae\u0301|b', 'erase', 'a|b'],
    ['a|e\u0301b', 'delete', 'a|b'],
  ])('%s, %s: %s', (before, edit, after) => {
    expect(marked(edited(field(before), edit))).toBe(after);
  });

  it('inserts text at its caret, on one line and without control characters', () => {
    expect(marked(inserted(field('a|b'), 'x\r\ny\u001B[31mz\u0007'))).toBe('ax yz|b');
  });

  it('has a maximum length', () => {
    const full = inserted(fieldOf(''), '移'.repeat(1_000_000));
    expect(full).toEqual({ text: '移'.repeat(400), caret: 400 });
    expect(inserted(full, 'x')).toEqual(full);
  });

  it('shows the part around its caret, never wider than its room', () => {
    expect(typedPart(field('abcdef|'), 10)).toEqual({ text: 'abcdef', column: 6 });
    expect(typedPart(field('abcdef|'), 4)).toEqual({ text: 'def', column: 3 });
    expect(typedPart(field('ab|cdef'), 4)).toEqual({ text: 'abcd', column: 2 });
    expect(typedPart(field('移移移|'), 5)).toEqual({ text: '移移', column: 4 });
  });

  it('keeps its caret between two characters after every edit', () => {
    const edit = fc.oneof(
      fc.constantFrom<Edit>(
        'left',
        'right',
        'start',
        'end',
        'erase',
        'delete',
        'erase-word',
        'erase-before',
        'erase-after',
      ),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 5 }).map((text) => ({ text })),
    );
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 30 }), (edits) => {
        let now = fieldOf('');
        for (const one of edits) now = typeof one === 'string' ? edited(now, one) : inserted(now, one.text);
        expect(now.caret).toBeGreaterThanOrEqual(0);
        expect(now.caret).toBeLessThanOrEqual(now.text.length);
        expect([now.text.slice(0, now.caret), now.text.slice(now.caret)].map((half) => half.isWellFormed())).toEqual([
          true,
          true,
        ]);
        const { column } = typedPart(now, 20);
        expect(column).toBeGreaterThanOrEqual(0);
        expect(column).toBeLessThan(20);
      }),
    );
  });
});

it('takes what is typed in place of a text that is offered, and removes it with Backspace: a key that moves keeps it', () => {
  expect(inserted(offered('2h'), '3')).toEqual({ text: '3', caret: 1 });
  expect(inserted(inserted(offered('2h'), '3'), 'm')).toEqual({ text: '3m', caret: 2 });
  for (const [edit, text] of [
    ['erase', '3'],
    ['delete', '3'],
    ['left', '23h'],
    ['start', '32h'],
    ['erase-before', '3'],
  ] as const)
    expect(inserted(edited(offered('2h'), edit), '3').text).toBe(text);
  expect(offered('')).toEqual({ text: '', caret: 0 });
});

it('has a sign where its beginning is not shown', () => {
  expect(typedPart(fieldOf('parents follow'), 20, '…')).toEqual({ text: 'parents follow', column: 14 });
  expect(typedPart(fieldOf('parents follow'), 10, '…')).toEqual({ text: '…s follow', column: 9 });
});
