import { fingerprintSync, loadModule, parsePlPgSQLSync, parseSync } from 'libpg-query';

/** The tree that PostgreSQL's own parser makes of a text: nodes of any kind. */
type Node = Readonly<Record<string, unknown>>;

/** A name, or a construct that uses an operator, which PostgreSQL looks up on the search path. */
export interface Lookup {
  readonly line: number;
  readonly kind: 'operator' | 'function' | 'type' | 'relation' | 'other';
  /** As it is written, or the words of the construct: `=`, `left`, `BETWEEN`. */
  readonly name: string;
}

/** A name that is written in full. */
export interface FullName {
  readonly kind: 'operator' | 'function' | 'type' | 'relation';
  readonly schema: string;
  readonly name: string;
  /** How many arguments the function has, and whether the operator is a prefix. */
  readonly arity: number;
}

export interface Names {
  /** Names that an object of another role could replace. */
  readonly lookups: readonly Lookup[];
  readonly full: readonly FullName[];
  /** Names that only PostgreSQL's own schema can answer, because the text has set the search path to that one alone. */
  readonly closed: readonly Lookup[];
}

/** Constructs of the grammar that look an operator up by its bare name, however the query is written. */
const constructs: Readonly<Record<string, string>> = {
  AEXPR_DISTINCT: 'IS DISTINCT FROM',
  AEXPR_NOT_DISTINCT: 'IS NOT DISTINCT FROM',
  AEXPR_NULLIF: 'NULLIF',
  AEXPR_IN: 'IN (…)',
  AEXPR_LIKE: 'LIKE',
  AEXPR_ILIKE: 'ILIKE',
  AEXPR_SIMILAR: 'SIMILAR TO',
  AEXPR_BETWEEN: 'BETWEEN',
  AEXPR_NOT_BETWEEN: 'NOT BETWEEN',
  AEXPR_BETWEEN_SYM: 'BETWEEN SYMMETRIC',
  AEXPR_NOT_BETWEEN_SYM: 'NOT BETWEEN SYMMETRIC',
};

/** CREATE TABLE knows these by their spelling. They are not types, so no type can replace them. */
const serials = ['serial', 'bigserial', 'smallserial'];

await loadModule();

/**
 * Reads SQL as PostgreSQL's own parser does, and the bodies of DO blocks and of functions too. Statements that a body puts
 * together and runs with EXECUTE cannot be read.
 *
 * @param options.relations relations that the text may name without a schema, because the program puts the full name there
 * @throws {Error} where the text is not SQL
 */
export function namesOf(text: string, { relations = [] }: { readonly relations?: readonly string[] } = {}): Names {
  const lookups: Lookup[] = [];
  const full: FullName[] = [];
  const closed: Lookup[] = [];
  const known = new Set(relations);
  const bytes = Buffer.from(text);
  readStatements(parse(text), (location) => lineAt(bytes, location));
  return { lookups, full, closed };

  function readStatements(statements: readonly Node[], lineOf: (location: unknown) => number): void {
    let isClosed = false;
    for (const { stmt, stmt_location: start } of statements as readonly { stmt: Node; stmt_location?: number }[]) {
      const found = { lookups: [] as Lookup[], full: [] as FullName[] };
      // A common table expression is not a relation of another role.
      const own = new Set([...known, ...commonTables(stmt)]);
      read(stmt, own, (location) => lineOf(location ?? start), found, isClosed);
      full.push(...found.full);
      (isClosed ? closed : lookups).push(...found.lookups);
      const path = searchPathOf(stmt);
      if (path !== null) isClosed = isPostgresAlone(path);
      const left = isNode(stmt.DoStmt) ? pathLeftBy(stringOf(optionOf(stmt.DoStmt.args, 'as')) ?? '') : null;
      if (left !== null) isClosed = left === 'closed';
      if ('TransactionStmt' in stmt) isClosed = false;
    }
  }

  function read(
    node: unknown,
    own: ReadonlySet<string>,
    lineOf: (location: unknown) => number,
    found: { lookups: Lookup[]; full: FullName[] },
    isClosed: boolean,
  ): void {
    if (Array.isArray(node)) {
      for (const one of node) read(one, own, lineOf, found, isClosed);
      return;
    }
    if (!isNode(node)) return;
    const note = (kind: Lookup['kind'], name: string, location: unknown = node.location) =>
      found.lookups.push({ line: lineOf(location), kind, name });
    const refer = (kind: FullName['kind'], names: readonly string[], arity: number, location?: unknown) => {
      const [schema = '', name] = names;
      if (name === undefined) note(kind, schema, location);
      else found.full.push({ kind, schema, name, arity });
    };
    if (Array.isArray(node.names) && 'typemod' in node) {
      const names = strings(node.names);
      if (!(names.length === 1 && serials.includes(names[0] ?? ''))) refer('type', names, 0);
    }
    if (typeof node.relname === 'string') {
      const { schemaname: schema, relname } = node;
      if (typeof schema === 'string') refer('relation', [schema, relname], 0);
      else if (!own.has(relname)) note('relation', relname);
    }
    for (const [kind, value] of Object.entries(node)) {
      if (isNode(value))
        readKind(kind, value, refer, (name, location) => note('other', name, location ?? value.location));
      if (kind === 'DoStmt' && isNode(value)) readBody(value.args, 'DO', lineOf, isClosed);
      if (kind === 'CreateFunctionStmt' && isNode(value)) {
        const path = optionOf(value.options, 'set');
        const isAlone = isNode(path) && isPostgresAlone(searchPathOf(path) ?? []);
        const isTrigger = isNode(value.returnType) && strings(value.returnType.names).at(-1) === 'trigger';
        const header = `CREATE FUNCTION pg_temp.body() RETURNS ${isTrigger ? 'trigger' : 'void'} LANGUAGE plpgsql AS`;
        readBody(value.options, header, lineOf, isClosed || isAlone);
      }
      // `FOR UPDATE OF name` names a relation of the FROM clause by its alias.
      if (kind !== 'lockedRels') read(value, own, lineOf, found, isClosed);
    }
  }

  /**
   * A body: in PL/pgSQL its declared types, and each expression and statement in it.
   *
   * @param header the text before a body of this kind, so that it can be parsed
   */
  function readBody(options: unknown, header: string, lineOf: (location: unknown) => number, isClosed: boolean): void {
    const language = stringOf(optionOf(options, 'language')) ?? 'plpgsql';
    const given = optionOf(options, 'as');
    const body = stringOf(given) ?? strings(isNode(given) && isNode(given.List) ? given.List.items : [])[0];
    if (body === undefined) return;
    const first = lineOf(bytes.indexOf(body)) - 1;
    // A DO block may set the path on its way.
    let isClosedHere = isClosed;
    const nested = (sql: string, line: number): void => {
      const inside = namesOf(sql, { relations });
      (isClosedHere ? closed : lookups).push(...inside.lookups.map((lookup) => ({ ...lookup, line })));
      full.push(...inside.full);
      closed.push(...inside.closed);
    };
    if (language !== 'plpgsql') {
      nested(body, first + 1);
      return;
    }
    const tree: unknown = parsePlPgSQLSync(`${header} $migtop_body$${body}$migtop_body$`);
    const walk = (node: unknown, line: number): void => {
      if (Array.isArray(node)) {
        for (const one of node) walk(one, line);
        return;
      }
      if (!isNode(node) || ownVariables.includes(String(node.refname))) return;
      const here = typeof node.lineno === 'number' ? first + node.lineno : line;
      if (isNode(node.PLpgSQL_stmt_case) && 't_expr' in node.PLpgSQL_stmt_case) {
        (isClosedHere ? closed : lookups).push({ line: here, kind: 'other', name: 'CASE x WHEN' });
      }
      if (typeof node.typname === 'string' && !internalTypes.includes(node.typname))
        nested(`SELECT NULL::${node.typname}`, here);
      if (isNode(node.PLpgSQL_expr)) {
        const sql = statementOf(node.PLpgSQL_expr);
        nested(sql, here);
        const left = pathLeftBy(sql);
        if (left !== null) isClosedHere = left === 'closed';
      }
      for (const value of Object.values(node)) walk(value, here);
    };
    walk(tree, first);
  }
}

/** PL/pgSQL declares these by itself. */
const ownVariables = ['found', 'sqlstate', 'sqlerrm'];
/** Names that are no types that could be looked up. */
const internalTypes = ['record', 'UNKNOWN'];

function readKind(
  kind: string,
  value: Node,
  refer: (kind: FullName['kind'], names: readonly string[], arity: number, location?: unknown) => void,
  other: (name: string, location?: unknown) => void,
): void {
  switch (kind) {
    case 'A_Expr': {
      const construct = constructs[String(value.kind)];
      if (construct !== undefined) other(construct);
      else refer('operator', strings(value.name), value.lexpr === undefined ? 1 : 2, value.location);
      if (isNode(value.lexpr) && 'RowExpr' in value.lexpr) other('comparison of rows');
      return;
    }
    case 'FuncCall':
      refer('function', strings(value.funcname), Array.isArray(value.args) ? value.args.length : 0, value.location);
      return;
    case 'CaseExpr':
      if ('arg' in value) other('CASE x WHEN');
      return;
    case 'SubLink':
      if (value.subLinkType !== 'ANY_SUBLINK' && value.subLinkType !== 'ALL_SUBLINK') return;
      if (value.operName === undefined) other('IN (SELECT …)');
      else refer('operator', strings(value.operName), 2, value.location);
      return;
    case 'JoinExpr':
      if (value.isNatural === true) other('NATURAL JOIN');
      if ('usingClause' in value) other('JOIN … USING');
      return;
    case 'SortBy':
      if (Array.isArray(value.useOp)) refer('operator', strings(value.useOp), 2, value.location);
      return;
    case 'CollateClause':
    case 'collClause':
      if (strings(value.collname).length === 1) other(`COLLATE ${strings(value.collname)[0]}`);
      return;
    case 'IndexElem':
      if (strings(value.opclass).length === 1) other(`operator class ${strings(value.opclass)[0]}`);
      return;
    case 'CreateTrigStmt':
      refer('function', strings(value.funcname), 0);
      return;
    case 'CreateFunctionStmt':
      refer('function', strings(value.funcname), Array.isArray(value.parameters) ? value.parameters.length : 0);
      return;
    case 'ObjectWithArgs':
      if (strings(value.objname).length === 1) other(`function ${strings(value.objname)[0]}`);
      return;
    case 'DropStmt':
    case 'CommentStmt': {
      // A trigger and a column are named after their relation.
      const parts = ['OBJECT_TRIGGER', 'OBJECT_COLUMN'].includes(String(value.removeType ?? value.objtype)) ? 3 : 2;
      const objects = Array.isArray(value.objects) ? value.objects : [value.object];
      for (const object of objects) {
        if (!isNode(object) || !isNode(object.List)) continue;
        const names = strings(object.List.items);
        if (names.length < parts) other(`object ${names.join('.')}`);
      }
      return;
    }
    case 'VariableSetStmt': {
      const path = searchPathOf({ VariableSetStmt: value });
      if (path !== null && !isPostgresAlone(path)) other(`SET search_path = ${path.join(', ')}`);
    }
  }
}

/** Settings that a text changes beyond its transaction: behind a pooler, they apply to the next client of the connection. */
export function sessionSettingsOf(text: string): string[] {
  const found: string[] = [];
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) for (const one of node) walk(one);
    if (!isNode(node)) return;
    const { VariableSetStmt: set, FuncCall: call } = node;
    // SET TRANSACTION is of the transaction, and has another name there.
    if (isNode(set) && set.is_local !== true && set.name !== 'TRANSACTION') found.push(String(set.name));
    if (isNode(call) && strings(call.funcname).at(-1) === 'set_config' && Array.isArray(call.args)) {
      const [name, , isLocal] = call.args as unknown[];
      if (!isTrue(isLocal)) found.push(constantOf(name) ?? 'a setting');
    }
    for (const value of Object.values(node)) walk(value);
  };
  walk(parse(text));
  return found;
}

/**
 * Returns a fingerprint of each statement of a text: the same for statements that differ only in constants and parameters. Also
 * of a read within the statement that keeps its answer (source/database/held-answer.ts).
 */
export function fingerprintsOf(text: string): string[] {
  return statementsOf(text).flatMap((statement) => {
    const read = /^\s*SELECT pg_catalog\.octet_length\([\s\S]*?\nFROM \(([\s\S]*)\n\) AS answer$/.exec(statement)?.[1];
    return [statement, ...(read === undefined ? [] : [read])].map((one) => fingerprintSync(one));
  });
}

/** The statements of a file one by one, as psql sends them. */
export function statementsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  return (parse(text) as readonly { stmt_location?: number; stmt_len?: number }[]).map(
    ({ stmt_location: start = 0, stmt_len: length }) =>
      bytes.subarray(start, length === undefined ? undefined : start + length).toString(),
  );
}

function parse(text: string): readonly Node[] {
  const { stmts = [] } = parseSync(text);
  return stmts.filter(isNode);
}

/** An expression of PL/pgSQL as a statement: it is kept as it is written, an assignment with its target. */
function statementOf({ query, parseMode }: Node): string {
  const sql = String(query);
  if (parseMode === 0) return sql;
  return `SELECT ${parseMode === 2 ? sql : sql.replace(/^[^:=]*:?=/, '')}`;
}

function commonTables(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(commonTables);
  if (!isNode(node)) return [];
  return [...(typeof node.ctename === 'string' ? [node.ctename] : []), ...Object.values(node).flatMap(commonTables)];
}

/** The path that a statement sets; null where it sets none. */
function searchPathOf(statement: Node): readonly string[] | null {
  const set = statement.VariableSetStmt;
  if (!isNode(set) || set.name !== 'search_path' || !Array.isArray(set.args)) return null;
  return set.args.map((arg: unknown) => constantOf(arg) ?? '?');
}

function constantOf(node: unknown): string | undefined {
  const value = isNode(node) && isNode(node.A_Const) && isNode(node.A_Const.sval) ? node.A_Const.sval.sval : undefined;
  return typeof value === 'string' ? value : undefined;
}

function isTrue(node: unknown): boolean {
  return isNode(node) && isNode(node.A_Const) && isNode(node.A_Const.boolval) && node.A_Const.boolval.boolval === true;
}

/**
 * Whether a body, or a part of it, closes or opens the search path for the rest of the transaction; null if it does not change
 * it.
 */
function pathLeftBy(body: string): 'closed' | 'open' | null {
  const [last] = [...body.matchAll(/\bset_config\('search_path', ([^()]*)\)/g)].slice(-1);
  if (last === undefined) return null;
  return last[1] === "'pg_catalog, pg_temp', true" ? 'closed' : 'open';
}

/** Without pg_temp at its end a session's own temporary relations and types would come first. */
function isPostgresAlone(path: readonly string[]): boolean {
  return path.join() === 'pg_catalog,pg_temp';
}

function optionOf(options: unknown, name: string): unknown {
  for (const option of Array.isArray(options) ? options : []) {
    if (isNode(option) && isNode(option.DefElem) && option.DefElem.defname === name) return option.DefElem.arg;
  }
  return undefined;
}

function strings(nodes: unknown): string[] {
  return (Array.isArray(nodes) ? nodes : []).flatMap((node: unknown) => stringOf(node) ?? []);
}

function stringOf(node: unknown): string | undefined {
  return isNode(node) && isNode(node.String) && typeof node.String.sval === 'string' ? node.String.sval : undefined;
}

function lineAt(bytes: Buffer, location: unknown): number {
  return bytes
    .subarray(0, typeof location === 'number' ? location : 0)
    .toString()
    .split('\n').length;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
