import type { Expr, SelectFromStatement, Statement } from 'pgsql-ast-parser';

/** The parser, as an argument: it is large, and loaded only when it is needed. */
export type SqlParser = Pick<typeof import('pgsql-ast-parser'), 'parse' | 'toSql'>;

/** The records that a source query reads: positions (LIMIT and OFFSET), or the values of a column. */
export interface QueryRange {
  /** The query without its range: ranges of the same group can be compared. */
  readonly group: string;
  /** The column; null for positions. */
  readonly column: string | null;
  readonly from: number;
  /** The first one after the range. */
  readonly to: number;
}

/** Reads ranges out of queries. Queries that differ only in their numbers are parsed once. */
export interface RangeReader {
  /** Null if the query has no range of whole numbers, or cannot be parsed. */
  read(query: string): QueryRange | null;
  /** The query with another range; null if it has no place for it. */
  rewrite(query: string, from: number, to: number): string | null;
}

/** A number in the text of a query. */
interface Place {
  /** Which of the numbers. */
  readonly index: number;
  readonly isNegative: boolean;
  /** 1 if the bound itself is outside of the range below, or inside of it above. */
  readonly add: 0 | 1;
}

interface Shape {
  /** The FROM clause and the other conditions, with `sentinel` numbers in place of numbers. */
  readonly base: string;
  readonly column: string | null;
  /** For a range of positions: the OFFSET; null for 0. */
  readonly lower: Place | null;
  /** For a range of positions: the LIMIT. */
  readonly upper: Place;
}

/** Numbers in the text that is parsed are this plus their index. */
const sentinel = 1_000_000_000;

/** Texts, names and comments, in which digits are no numbers; whole numbers, also as a text; other numbers. */
const tokens =
  /'(\d{1,15})'|'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$(\w*)\$[\s\S]*?\$\2\$|\$\d+|[\p{L}_][\p{L}\d_$]*|\d+\.\d*(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+|(\d+)/gu;

/** Keeps the parsed form of each query without its numbers, also of those that cannot be parsed, without a limit. */
export function createRangeReader({ parse, toSql }: SqlParser): RangeReader {
  const shapes = new Map<string, Shape | null>();

  function shapeOf(query: string): { readonly shape: Shape; readonly numbers: readonly number[] } | null {
    const { template, text, numbers } = divided(query);
    let shape = shapes.get(template);
    if (shape === undefined) {
      shape = parsed(text);
      shapes.set(template, shape);
    }
    return shape === null ? null : { shape, numbers };
  }

  function parsed(text: string): Shape | null {
    try {
      const statements = parse(text);
      return statements.length === 1 ? shapeIn(statements[0], toSql) : null;
    } catch {
      return null;
    }
  }

  return {
    read(query) {
      const found = shapeOf(query);
      if (found === null) return null;
      const { shape, numbers } = found;
      const lower = shape.lower === null ? 0 : valueAt(shape.lower, numbers);
      const upper = valueAt(shape.upper, numbers);
      const [from, to] = shape.column === null ? [lower, lower + upper] : [lower, upper];
      if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || to <= from) return null;
      const group = shape.base.replace(/\b1\d{9}\b/g, (digits) => String(numbers[Number(digits) - sentinel] ?? digits));
      return { group, column: shape.column, from, to };
    },
    rewrite(query, from, to) {
      const found = shapeOf(query);
      if (found === null || found.shape.lower === null) return null;
      const { column, lower, upper } = found.shape;
      const last = column === null ? to - from : to;
      const wanted = new Map([
        [lower.index, (lower.isNegative ? -1 : 1) * (from - lower.add)],
        [upper.index, (upper.isNegative ? -1 : 1) * (last - upper.add)],
      ]);
      // A negative number would need other signs.
      if ([...wanted.values()].some((value) => value < 0)) return null;
      let index = -1;
      return query.replace(tokens, (all, quoted?: string, _tag?: string, bare?: string) => {
        if (quoted === undefined && bare === undefined) return all;
        index += 1;
        const value = wanted.get(index);
        if (value === undefined) return all;
        return quoted === undefined ? String(value) : `'${value}'`;
      });
    },
  };
}

function valueAt({ index, isNegative, add }: Place, numbers: readonly number[]): number {
  return (isNegative ? -1 : 1) * (numbers[index] ?? Number.NaN) + add;
}

/** The query with its numbers left out, and with sentinels in their place; and the numbers. */
function divided(query: string): { readonly template: string; readonly text: string; readonly numbers: number[] } {
  const numbers: number[] = [];
  const text = query.replace(tokens, (all, quoted?: string, _tag?: string, bare?: string) => {
    const digits = quoted ?? bare;
    if (digits === undefined) return all;
    numbers.push(Number(digits));
    const named = String(sentinel + numbers.length - 1);
    return quoted === undefined ? named : `'${named}'`;
  });
  return { template: text, text, numbers };
}

function shapeIn(statement: Statement | undefined, toSql: SqlParser['toSql']): Shape | null {
  if (statement?.type !== 'select' || statement.from === undefined || statement.from === null) return null;
  const conditions = statement.where == null ? [] : conjuncts(statement.where);
  const bounds = conditions.map((condition) => ({ condition, bounds: boundsIn(condition) }));
  const byColumn = Map.groupBy(
    bounds.flatMap((one) => one.bounds.map((bound) => ({ ...bound, condition: one.condition }))),
    ({ column }) => column,
  );
  const ranges = [...byColumn].flatMap(([column, found]) => {
    const [lower, secondLower] = found.filter(({ side }) => side === 'lower');
    const [upper, secondUpper] = found.filter(({ side }) => side === 'upper');
    const isRange =
      lower !== undefined && upper !== undefined && secondLower === undefined && secondUpper === undefined;
    return isRange ? [{ column, lower, upper }] : [];
  });
  const base = (without: readonly Expr[]): string => {
    const rest = conditions.filter((condition) => !without.includes(condition));
    const { limit: _, orderBy: _order, columns: _columns, where: _where, ...from } = statement;
    const where = rest.reduce<Expr | undefined>(
      (left, right) => (left === undefined ? right : { type: 'binary', op: 'AND', left, right }),
      undefined,
    );
    const selected: SelectFromStatement = {
      ...from,
      columns: [{ expr: { type: 'integer', value: 1 } }],
      ...(where === undefined ? {} : { where }),
    };
    return toSql.statement(selected);
  };
  const [range, another] = ranges;
  const { limit } = statement;
  if (range !== undefined && another === undefined && limit == null) {
    return {
      base: base([range.lower.condition, range.upper.condition]),
      column: range.column,
      lower: range.lower.place,
      upper: range.upper.place,
    };
  }
  if (ranges.length > 0 || limit?.limit == null) return null;
  const upper = placeOf(limit.limit, 0);
  // The next records after a key: how far they reach is not known.
  if (limit.offset == null && bounds.some((one) => one.bounds.length > 0)) return null;
  const lower = limit.offset == null ? null : placeOf(limit.offset, 0);
  if (upper === null || upper.isNegative || (limit.offset != null && (lower === null || lower.isNegative))) return null;
  return { base: base([]), column: null, lower, upper };
}

/** The conditions that are joined by AND. */
function conjuncts(where: Expr): readonly Expr[] {
  return where.type === 'binary' && where.op === 'AND'
    ? [...conjuncts(where.left), ...conjuncts(where.right)]
    : [where];
}

interface Bound {
  readonly column: string;
  readonly side: 'lower' | 'upper';
  readonly place: Place;
}

const sides: Readonly<Record<string, { readonly side: Bound['side']; readonly add: 0 | 1 }>> = {
  '>': { side: 'lower', add: 1 },
  '>=': { side: 'lower', add: 0 },
  '<': { side: 'upper', add: 0 },
  '<=': { side: 'upper', add: 1 },
};
const mirrored: Readonly<Record<string, string>> = { '>': '<', '>=': '<=', '<': '>', '<=': '>=' };

function boundsIn(condition: Expr): readonly Bound[] {
  if (condition.type === 'ternary' && condition.op === 'BETWEEN') {
    const column = columnOf(condition.value);
    const [lower, upper] = [placeOf(condition.lo, 0), placeOf(condition.hi, 1)];
    if (column === null || lower === null || upper === null) return [];
    return [
      { column, side: 'lower', place: lower },
      { column, side: 'upper', place: upper },
    ];
  }
  if (condition.type !== 'binary') return [];
  const { left, op, right } = condition;
  const isMirrored = columnOf(left) === null;
  const column = columnOf(isMirrored ? right : left);
  const found = sides[isMirrored ? (mirrored[op] ?? '') : op];
  if (column === null || found === undefined) return [];
  const place = placeOf(isMirrored ? left : right, found.add);
  return place === null ? [] : [{ column, side: found.side, place }];
}

function columnOf(expression: Expr): string | null {
  if (expression.type === 'cast') return columnOf(expression.operand);
  if (expression.type !== 'ref' || expression.name === '*') return null;
  const table = expression.table?.name;
  return table === undefined ? expression.name : `${table}.${expression.name}`;
}

/** Which number of the text an expression is; null if it is another one. */
function placeOf(expression: Expr, add: 0 | 1): Place | null {
  if (expression.type === 'cast') return placeOf(expression.operand, add);
  if (expression.type === 'unary' && expression.op === '-') {
    const place = placeOf(expression.operand, add);
    return place === null ? null : { ...place, isNegative: !place.isNegative };
  }
  const value =
    expression.type === 'integer' || expression.type === 'numeric' || expression.type === 'string'
      ? Number(expression.value)
      : Number.NaN;
  // The parser may make one number of the sign and the digits.
  const index = Math.abs(value) - sentinel;
  if (!Number.isInteger(index) || index < 0 || index > 10_000) return null;
  return { index, isNegative: value < 0, add };
}
