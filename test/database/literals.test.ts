import { expect, it } from 'vitest';
import { withLiterals } from '../../source/database/literals.ts';

it.each([
  ["it's", "SELECT 'it''s'"],
  ['a\\b', "SELECT E'a\\\\b'"],
  ["\\'", "SELECT E'\\\\'''"],
  ['plain "text" $1', `SELECT 'plain "text" $1'`],
  ['', "SELECT ''"],
  [['a', 'b"c', "d'e", 'f\\g', null], `SELECT E'{"a","b\\\\"c","d''e","f\\\\\\\\g",NULL}'`],
  [[1, 2], `SELECT '{"1","2"}'`],
])('the value %j is written as a literal', (value, sql) => {
  expect(withLiterals({ text: 'SELECT $1', values: [value] })).toBe(sql);
});
