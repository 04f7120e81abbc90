import type { NumberRange } from '../domain/filter/filter.ts';
import { fold, isAnchored, type Pattern, type PatternPlace, variantsOf } from '../domain/filter/pattern.ts';
import type { Ids, ResolvedFilter, ResolvedTerm } from '../domain/filter/resolve.ts';
import { nameShownAs } from '../domain/visible-name.ts';
import { latinHex } from './stored-names.ts';

/** A condition on the rows of `migration_control`, and the values of its parameters. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/**
 * The filter as a condition for WHERE. Every name in it is schema-qualified, and every value is a parameter. NULL never
 * passes a term, and always passes a negated one.
 *
 * @param firstParameter the number of the first parameter, for a query that has others before it
 */
export function filterSql(filter: ResolvedFilter, firstParameter = 1): Condition {
  const values: unknown[] = [];
  const parameter = (value: unknown, type: string): string => {
    values.push(value);
    return `$${firstParameter + values.length - 1}::${type}`;
  };
  const terms = filter.terms.map((term) => {
    const condition = conditionOf(term, parameter);
    return term.negated ? `(${condition}) IS NOT TRUE` : `(${condition})`;
  });
  return { sql: terms.length === 0 ? 'true' : terms.join('\n    AND '), values };
}

type Parameter = (value: unknown, type: string) => string;

function conditionOf(term: ResolvedTerm, parameter: Parameter): string {
  switch (term.field) {
    case 'status':
    case 'phase':
      return `${term.field} OPERATOR(pg_catalog.=) ANY (${parameter(term.values, 'pg_catalog.text[]')})`;
    case 'table':
      return either(term.values.map((pattern) => patternSql('table_name', pattern, 'part', parameter)));
    case 'text':
      return either(
        term.values.flatMap((pattern) =>
          ['table_name', 'operation', 'error_message'].map((column) =>
            patternSql(column, pattern, 'anywhere', parameter),
          ),
        ),
      );
    case 'id':
      return either(term.values.map((range) => rangeSql('id', range, parameter)));
    case 'worker':
      return either(term.values.map((range) => rangeSql('worker_id', range, parameter)));
    case 'since': {
      const at = timestampSql(parameter(term.localSeconds, 'pg_catalog.float8'));
      return either(['started_at', 'completed_at'].map((column) => `${column} OPERATOR(pg_catalog.>=) ${at}`));
    }
    case 'ids':
      return either(term.values.map((ids) => idsSql(ids, parameter)));
  }
}

function either(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'false' : conditions.join(' OR ');
}

function timestampSql(seconds: string): string {
  return `(timestamp 'epoch' OPERATOR(pg_catalog.+) (${seconds} OPERATOR(pg_catalog.*) interval '1 second'))`;
}

function rangeSql(column: string, range: NumberRange | 'none', parameter: Parameter): string {
  if (range === 'none') return `${column} IS NULL`;
  const { from, to } = range;
  if (from !== null && from === to) return `${column} OPERATOR(pg_catalog.=) ${parameter(from, 'bigint')}`;
  const sides = [
    ...(from === null ? [] : [`${column} OPERATOR(pg_catalog.>=) ${parameter(from, 'bigint')}`]),
    ...(to === null ? [] : [`${column} OPERATOR(pg_catalog.<=) ${parameter(to, 'bigint')}`]),
  ];
  return sides.length === 0 ? `${column} IS NOT NULL` : `(${sides.join(' AND ')})`;
}

function idsSql({ kind, ids }: Ids, parameter: Parameter): string {
  const these = parameter([...ids], 'bigint[]');
  return kind === 'only'
    ? `id OPERATOR(pg_catalog.=) ANY (${these})`
    : `(status OPERATOR(pg_catalog.=) 'failed' AND id OPERATOR(pg_catalog.<>) ALL (${these}))`;
}

function patternSql(column: string, pattern: Pattern, place: PatternPlace, parameter: Parameter): string {
  const { literals, isExact } = pattern;
  const [compared, text] = isExact
    ? [`${column} OPERATOR(pg_catalog.=)`, nameShownAs(literals[0] ?? '')]
    : [`${column}::pg_catalog.text COLLATE pg_catalog."C" OPERATOR(pg_catalog.~)`, regularExpression(pattern, place)];
  const condition = `${compared} ${parameter(text, 'pg_catalog.text')}`;
  const hex = latinHex(text);
  if (hex === null) return condition;
  const latin = `pg_catalog.convert_from(pg_catalog.decode(${parameter(hex, 'pg_catalog.text')}, 'hex'), 'SQL_ASCII')`;
  return `(${condition} OR CASE WHEN ${isSqlAscii} THEN ${compared} ${latin} ELSE false END)`;
}

/** Only in such a database a text may be any bytes. */
const isSqlAscii = `pg_catalog.getdatabaseencoding() OPERATOR(pg_catalog.=) 'SQL_ASCII'`;

/**
 * The pattern as a regular expression of PostgreSQL (manual, 9.7.3). The variants of each letter are written out: whether
 * letter case matters does not depend on the database's locale.
 */
function regularExpression(pattern: Pattern, place: PatternPlace): string {
  const body = pattern.literals
    .map((literal) => [...fold(nameShownAs(literal))].map(letterExpression).join(''))
    .join('.*');
  return isAnchored(pattern, place) ? `^${body}$` : body;
}

function letterExpression(letter: string): string {
  const [only = letter, ...others] = variantsOf(letter);
  if (others.length > 0)
    return letter.length === 1 && letter < '\x80'
      ? `[${only}${others.join('')}]`
      : `(?:${[only, ...others].join('|')})`;
  return /[A-Za-z0-9]/.test(letter) || letter >= '\x80' ? letter : `\\${letter}`;
}
