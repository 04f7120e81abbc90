import fc from 'fast-check';
import { expect, it } from 'vitest';
import { describeError } from '../../source/worker/error-text.ts';

it.each<[unknown, string]>([
  ['a text', 'a text'],
  [new Error('boom'), 'boom'],
  [new TypeError(''), 'TypeError'],
  [new Error('a', { cause: new Error('b', { cause: 'c' }) }), 'a\ncaused by: b\ncaused by: c'],
  [Object.assign(new Error('dup'), { code: '23505', detail: 'Key (id)=(1).' }), 'dup (23505)\nKey (id)=(1).'],
  [new AggregateError([new Error('first'), new Error('second')], 'both'), 'both\ncaused by: first'],
  [{ message: 'like an error' }, 'like an error'],
  [{ reason: 42 }, '{"reason":42}'],
  [undefined, 'undefined'],
  [null, 'null'],
  [new Error('NUL \0 and \u001b[31mred'), 'NUL  and red'],
])('%o becomes %j', (error, text) => {
  expect(describeError(error)).toBe(text);
});

it('describes an error whose properties throw', () => {
  const hostile = {
    get message(): string {
      throw new Error('hostile');
    },
    toJSON(): string {
      throw new Error('hostile');
    },
  };
  expect(describeError(hostile)).toBe('[object Object]');
});

it('stops at a circle of causes', () => {
  const error = new Error('round');
  error.cause = new Error('and round', { cause: error });
  expect(describeError(error)).toBe('round\ncaused by: and round');
});

it('cuts a long error in the middle, and keeps its beginning and its end', () => {
  const text = describeError(`begin ${'x'.repeat(100_000)} end`);
  expect(text.length).toBeLessThanOrEqual(8_000);
  expect(text).toMatch(/^begin x+\n… \(cut\) …\nx+ end$/);
});

it('returns a text that PostgreSQL accepts for any thrown value', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.anything(),
        fc.string({ unit: 'binary' }).map((each) => new Error(each)),
      ),
      (thrown) => {
        const text = describeError(thrown);
        expect(text).not.toContain('\0');
        expect(text.isWellFormed()).toBe(true);
      },
    ),
  );
});
