import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Filter, fieldNames, isNames, type Term } from '../../../source/domain/filter/filter.ts';
import { parseFilter } from '../../../source/domain/filter/parse.ts';
import { printFilter } from '../../../source/domain/filter/print.ts';
import { phases, statuses } from '../../../source/domain/operation.ts';

function termsOf(text: string): readonly Term[] {
  const parsed = parseFilter(text);
  if (parsed.kind === 'wrong') throw new Error(`${parsed.problem} at ${parsed.at}`);
  return parsed.filter.terms;
}

const contains = (...literals: string[]) => ({ literals, isExact: false });

describe('a filter', () => {
  it.each<[string, object[]]>([
    ['', []],
    ['   ', []],
    ['status:failed', [{ negated: false, field: 'status', values: ['failed'] }]],
    ['STATUS:Failed,paused', [{ negated: false, field: 'status', values: ['failed', 'paused'] }]],
    ['!status:failed', [{ negated: true, field: 'status', values: ['failed'] }]],
    ['phase:execution', [{ negated: false, field: 'phase', values: ['execution'] }]],
    ['table:case%', [{ negated: false, field: 'table', values: [contains('case', '')] }]],
    [
      'table:case*,*_file*',
      [{ negated: false, field: 'table', values: [contains('case', ''), contains('', '_file', '')] }],
    ],
    ['table:"my, table"', [{ negated: false, field: 'table', values: [contains('my, table')] }]],
    ['table:=cases', [{ negated: false, field: 'table', values: [{ literals: ['cases'], isExact: true }] }]],
    ['table:a:b', [{ negated: false, field: 'table', values: [contains('a:b')] }]],
    ['worker:2', [{ negated: false, field: 'worker', values: [{ from: 2, to: 2 }] }]],
    ['worker:none,-1', [{ negated: false, field: 'worker', values: ['none', { from: -1, to: -1 }] }]],
    ['kind:"foreign key"', [{ negated: false, field: 'kind', values: [contains('foreign key')] }]],
    ['by:ops2', [{ negated: false, field: 'by', values: [contains('ops2')] }]],
    ['since:15m', [{ negated: false, field: 'since', values: [{ text: '15m', kind: 'ago', seconds: 900 }] }]],
    [
      'since:22:00',
      [{ negated: false, field: 'since', values: [{ text: '22:00', kind: 'clock', secondsOfDay: 79_200 }] }],
    ],
    ['id:10..99', [{ negated: false, field: 'id', values: [{ from: 10, to: 99 }] }]],
    [
      'id:7,10..,..-3',
      [
        {
          negated: false,
          field: 'id',
          values: [
            { from: 7, to: 7 },
            { from: 10, to: null },
            { from: null, to: -3 },
          ],
        },
      ],
    ],
    ['is:stalled,unresolved', [{ negated: false, field: 'is', values: ['stalled', 'unresolved'] }]],
    [
      '!text free',
      [
        { negated: true, field: 'text', values: [contains('text')] },
        { negated: false, field: 'text', values: [contains('free')] },
      ],
    ],
    ['"free text"', [{ negated: false, field: 'text', values: [contains('free text')] }]],
    ['"say ""no"""', [{ negated: false, field: 'text', values: [contains('say "no"')] }]],
    ['"error:foreign"', [{ negated: false, field: 'text', values: [contains('error:foreign')] }]],
    ['10:30', [{ negated: false, field: 'text', values: [contains('10:30')] }]],
    ['100%_done\\', [{ negated: false, field: 'text', values: [contains('100%_done\\')] }]],
    ['foreign*key', [{ negated: false, field: 'text', values: [contains('foreign', 'key')] }]],
    ['status:failed status:failed', [{ negated: false, field: 'status', values: ['failed'] }]],
    [
      'is:stalled is:blocked',
      [
        { negated: false, field: 'is', values: ['stalled'] },
        { negated: false, field: 'is', values: ['blocked'] },
      ],
    ],
  ])('%j is read', (text, terms) => {
    expect(termsOf(text)).toEqual(terms);
  });

  it.each<[string, number, RegExp]>([
    ['foo:bar', 0, /unknown field foo/],
    ['status:failed tabel:cases', 14, /unknown field tabel/],
    ['!stat:failed', 1, /unknown field stat/],
    ['http://host', 0, /unknown field http/],
    ['status:', 7, /needs a value/],
    ['status:failed,', 14, /another value/],
    ['status:,failed', 7, /needs a value/],
    ['status:done', 7, /no status "done" \(pending, running, completed, failed, paused, skipped\)/],
    ['status:failed,done', 14, /no status "done"/],
    ['phase:copy', 6, /no phase "copy"/],
    ['worker:two', 7, /a number/],
    ['worker:1.5', 8, /a number/],
    ['worker:5-3', 8, /a number/],
    ['worker:99999999999999999999', 7, /too large/],
    ['id:10..9x', 8, /a number/],
    ['id:..', 4, /a number/],
    ['id:99..10', 3, /write 10..99/],
    ['since:soon', 6, /takes an id/],
    ['since:15m,2h', 6, /takes an id/],
    ['is:failed', 3, /failed is a status/],
    ['is:lost', 3, /takes stalled/],
    ['table:"case', 6, /not closed/],
    ['case "fil', 5, /not closed/],
    ['table:""', 6, /empty/],
    ['""', 0, /empty/],
    ['! x', 0, /after it/],
    ['x !', 2, /after it/],
    ['!!table:cases', 1, /only one ! before a term/],
    ['x !!y', 3, /only one ! before a term/],
    // A second value that contradicts the first.
    ['status:failed status:paused', 21, /contradicts status:failed/],
    ['status:failed,paused phase:execution status:running', 44, /contradicts status:failed,paused/],
    ['status:failed !status:failed', 22, /contradicts status:failed/],
    ['status:paused is:unresolved', 17, /contradicts status:paused/],
    ['is:resolved is:unresolved', 15, /contradicts is:resolved/],
    ['kind:key status:completed', 16, /contradicts kind:key/],
    ['phase:execution phase:mapping', 22, /contradicts/],
    ['worker:2 worker:3', 16, /twice/],
    ['table:cases table:judges', 18, /twice \(table:A,B/],
    ['by:ops1 by:ops2', 11, /twice/],
    ['since:15m since:1h', 16, /twice/],
    ['id:1..5 id:7', 11, /twice/],
    ['cases !cases', 7, /contradicts/],
    ['!status:failed,paused !status:running,pending !status:completed,skipped', 54, /contradicts the terms before/],
  ])('%j is wrong at character %i', (text, at, problem) => {
    const parsed = parseFilter(text);
    if (parsed.kind === 'ok') throw new Error('it was read');
    expect(parsed.problem).toMatch(problem);
    expect(parsed.at).toBe(at);
    expect(parsed.length).toBeGreaterThan(0);
  });

  it('finds paused operations among the stalled ones, as line 3 counts them', () => {
    for (const text of ['is:stalled status:paused', 'status:paused is:stalled', 'is:stalled status:running'])
      expect(parseFilter(text).kind).toBe('ok');
    expect(parseFilter('is:stalled status:failed')).toMatchObject({ kind: 'wrong', at: 18 });
  });

  it('with an unknown field is never text, whatever the field is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z_][a-z0-9_-]{0,8}$/), fc.string(), (name, value) => {
        fc.pre(!fieldNames.some((field) => field === name));
        expect(parseFilter(`status:failed ${name}:${value}`)).toMatchObject({ kind: 'wrong', at: 14 });
      }),
    );
  });

  it('is read or has an error at one of its characters, whatever was typed', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        ...fieldNames.map((field) => `${field}:`),
        '"',
        '!',
        ',',
        '*',
        '%',
        '..',
        '=',
        ' ',
        'failed',
        '7',
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join('');
        const parsed = parseFilter(text);
        if (parsed.kind === 'ok') return;
        expect(parsed.problem).not.toBe('');
        expect(parsed.at).toBeGreaterThanOrEqual(0);
        expect(parsed.at).toBeLessThanOrEqual(text.length);
      }),
    );
  });
});

const literal = fc.oneof(
  fc.string({ minLength: 1, unit: 'grapheme' }),
  fc.string({ minLength: 1, unit: fc.constantFrom('a', '"', ',', '*', '%', ' ', '!', '=', ':', '\\', '_') }),
);
/** Literals with wildcards between them; inner ones are not empty. */
const literals = fc
  .tuple(fc.option(literal, { nil: '' }), fc.array(literal, { maxLength: 2 }), fc.option(literal, { nil: '' }))
  .map(([first, inner, last]) => [first, ...inner, last]);
const pattern = fc.oneof(
  literals.map((all) => ({ literals: all, isExact: false })),
  literal.map((one) => ({ literals: [one], isExact: false })),
);
const name = fc.oneof(
  pattern,
  fc.string({ unit: 'grapheme' }).map((one) => ({ literals: [one], isExact: true })),
);
const number = fc.maxSafeInteger();
const range = fc.oneof(
  number.map((one) => ({ from: one, to: one })),
  fc.tuple(number, number).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) })),
  number.map((from) => ({ from, to: null })),
  number.map((to) => ({ from: null, to })),
);
const several = <Value>(value: fc.Arbitrary<Value>) =>
  fc.uniqueArray(value, { minLength: 1, maxLength: 3, selector: (one) => JSON.stringify(one) });
const values: { readonly [Field in Term['field']]: fc.Arbitrary<readonly unknown[]> } = {
  status: several(fc.constantFrom(...statuses)),
  phase: several(fc.constantFrom(...phases)),
  is: several(fc.constantFrom(...isNames)),
  table: several(name),
  kind: several(name),
  by: several(name),
  id: several(range),
  worker: several(fc.oneof(range, fc.constant('none'))),
  since: fc.constantFrom('15m', '4711', '22:00', '2026-11-25', '2026-11-25 22:00:30', '1d12h').map((text) => {
    const [term] = termsOf(`since:"${text}"`);
    return term?.values ?? [];
  }),
  text: pattern.map((one) => [one]),
};
const term = fc
  .constantFrom(...fieldNames, 'text' as const)
  .chain((field) => fc.record({ negated: fc.boolean(), field: fc.constant(field), values: values[field] }));

/** Filters of the language: as they are read from a text, without contradictions. */
const filters = fc
  .uniqueArray(term, { maxLength: 5, selector: ({ field }) => field })
  .map((terms) => ({ terms }) as Filter)
  .filter((filter) => !/contradicts/.test(problemOf(printFilter(filter))));

function problemOf(text: string): string {
  const parsed = parseFilter(text);
  return parsed.kind === 'ok' ? '' : parsed.problem;
}

describe('a filter that is printed', () => {
  it('is read as the same filter', () => {
    fc.assert(
      fc.property(filters, (filter) => {
        expect(parseFilter(printFilter(filter))).toEqual({ kind: 'ok', filter });
      }),
      { numRuns: 500 },
    );
  });

  it('is printed in the same way again, from whatever text it was read', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(' ', '"', '!', '*', '%', ',', 'table:', 'is:stalled ', '='),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const parsed = parseFilter(pieces.join(''));
        fc.pre(parsed.kind === 'ok');
        const printed = printFilter(parsed.filter);
        expect(parseFilter(printed)).toEqual(parsed);
      }),
      { numRuns: 500 },
    );
  });
});
