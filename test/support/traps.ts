import { readdir } from 'node:fs/promises';
import type pg from 'pg';
import { readSql } from './database.ts';
import { namesOf } from './sql-names.ts';

const folder = new URL('../../sql/', import.meta.url);

/** The lines that a trap writes into the server's log. */
export const trapped = /TRAP .*|cannot accept a value of type trigger/g;

/** Operators of the constructs that name none, such as IN, BETWEEN and LIKE. */
const unnamedOperators = ['=', '<>', '<', '>', '<=', '>=', '~~', '~~*', '!~~', '!~~*'];

/** Types for which there is a trap of each function and operator, also for all pairs, beside those of PostgreSQL. */
const types = `varchar text bpchar name "char" int2 int4 int8 float8 numeric bool oid timestamp json jsonb text[]`
  .split(/\s+/)
  .map((type) => `pg_catalog.${type}`);

/** Every name that the SQL files use, however they write it. */
export async function usedNames(): Promise<Record<'operator' | 'function' | 'type' | 'relation', string[]>> {
  const entries = await readdir(folder, { recursive: true });
  const names = {
    operator: new Set(unnamedOperators),
    function: new Set<string>(),
    type: new Set<string>(),
    relation: new Set<string>(),
  };
  // The demo runs its file on its own server, which nobody else can reach.
  for (const entry of entries.filter((name) => name.endsWith('.sql') && !/^examples|^demo|fragments/.test(name))) {
    const { full, lookups, closed } = namesOf(await readSql(entry));
    for (const { kind, name } of [...full, ...lookups, ...closed]) if (kind !== 'other') names[kind].add(name);
  }
  return {
    operator: [...names.operator],
    function: [...names.function],
    // The type of a relation's rows comes with the relation.
    type: [...names.type].filter((name) => !name.startsWith('pg_')),
    relation: [...names.relation].filter((name) => name.startsWith('pg_')),
  };
}

/**
 * Makes the schema `traps`: functions, operators, types and relations of every name that the SQL files use, of the very types
 * that PostgreSQL's own take and of many more. Whatever calls or reads one of them fails, and the server's log says which.
 *
 * @param client of a superuser
 */
export async function layTraps(client: pg.Client): Promise<number> {
  const used = await usedNames();
  // The bodies are all the same, and few of them ever run.
  await client.query(`SET check_function_bodies = off;
    CREATE SCHEMA traps;
    CREATE FUNCTION traps.caught(what pg_catalog.text) RETURNS boolean LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'TRAP %', what; END $$;
    CREATE TYPE traps.bait AS (what pg_catalog.text);
    CREATE FUNCTION pg_temp.lay(command pg_catalog.text) RETURNS integer LANGUAGE plpgsql AS $$
      BEGIN
        EXECUTE command;
        RETURN 1;
      EXCEPTION
        WHEN duplicate_function OR ambiguous_function OR invalid_function_definition OR invalid_object_definition
          OR feature_not_supported OR datatype_mismatch OR undefined_object OR wrong_object_type THEN RETURN 0;
      END $$;
    -- In a language that takes the arguments, whatever types they have.
    CREATE FUNCTION pg_temp.lay_function(head pg_catalog.text, what pg_catalog.text) RETURNS integer LANGUAGE plpgsql AS $$
      DECLARE
        laid integer := pg_temp.lay(pg_catalog.format(
          'CREATE FUNCTION %s LANGUAGE plpgsql AS %L', head, pg_catalog.format('BEGIN RAISE EXCEPTION %L, %L; END', 'TRAP %', what)));
      BEGIN
        IF laid = 0 THEN
          laid := pg_temp.lay(pg_catalog.format('CREATE FUNCTION %s LANGUAGE internal AS %L', head, 'trigger_in'));
        END IF;
        RETURN laid;
      END $$;`);
  // Not constant, or PostgreSQL would spring a trap when it reads the statement that lays it.
  await client.query(casts());
  const laid = await client.query<{ traps: number }>(
    `SELECT sum(laid)::int AS traps FROM (
      SELECT pg_temp.lay_function(
        format('traps.%I(%s) RETURNS %s%s', proname, arguments, CASE WHEN proretset THEN 'SETOF ' END, result),
        format('function %s(%s)', proname, arguments)) AS laid
      FROM pg_proc, format_type(prorettype, NULL) AS result, LATERAL (
        SELECT CASE WHEN proargmodes && '{o,b,t}' THEN pg_get_function_identity_arguments(oid)
          ELSE pg_get_function_arguments(oid) END AS arguments) AS given
      WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY ($1)
        -- Only WITHIN GROUP calls these.
        AND NOT EXISTS (SELECT FROM pg_aggregate WHERE aggfnoid = pg_proc.oid AND aggkind <> 'n')
      UNION ALL
      SELECT pg_temp.lay_function(format('traps.%I(%s) RETURNS text', name, one), format('function %s(%s)', name, one))
      FROM unnest($1::text[]) AS name, unnest($2::text[]) AS one
      UNION ALL
      SELECT pg_temp.lay_function(format('traps.%I(%s, %s) RETURNS text', name, one, other), format('function %s(%s, %s)', name, one, other))
      FROM unnest($1::text[]) AS name, unnest($2::text[]) AS one, unnest($2::text[]) AS other
      WHERE name IN (SELECT proname FROM pg_proc WHERE pronargs = 2 AND pronamespace = 'pg_catalog'::regnamespace)
    ) AS functions`,
    [used.function, [...types, 'traps.bait']],
  );
  const operators = await client.query<{ traps: number }>(
    `WITH wanted AS (
      SELECT oprname AS name, CASE oprleft WHEN 0 THEN NULL ELSE format_type(oprleft, NULL) END AS one,
        format_type(oprright, NULL) AS other, format_type(oprresult, NULL) AS result
      FROM pg_operator WHERE oprnamespace = 'pg_catalog'::regnamespace AND oprname = ANY ($1) AND oprright <> 0
      UNION
      SELECT name, one, other, CASE WHEN name ~ '[=<>~]' THEN 'boolean' ELSE 'text' END
      FROM unnest($1::text[]) AS name, unnest($2::text[]) AS one, unnest($2::text[]) AS other
    ), functions AS (
      SELECT name, one, other, format('operator_%s', row_number() OVER (ORDER BY name, one, other, result)) AS function, result FROM wanted
    )
    SELECT sum(pg_temp.lay_function(
        format('traps.%I(%s) RETURNS %s', function, concat_ws(', ', one, other), result),
        format('operator %s %s %s', one, name, other))
      * pg_temp.lay(format('CREATE OPERATOR traps.%s (%sRIGHTARG = %s, FUNCTION = traps.%I)', name,
        CASE WHEN one IS NOT NULL THEN format('LEFTARG = %s, ', one) END, other, function)))::int AS traps
    FROM functions`,
    [used.operator, [...types, 'traps.bait']],
  );
  const others = await client.query<{ traps: number }>(
    `SELECT sum(laid)::int AS traps FROM (
      SELECT pg_temp.lay(format('CREATE DOMAIN traps.%I AS pg_catalog.%I CHECK (traps.caught(%L))', name, name, 'type ' || name)) AS laid
      FROM unnest($1::text[]) AS name
      UNION ALL
      SELECT pg_temp.lay(format('CREATE VIEW traps.%I AS SELECT %s FROM pg_catalog.%I WHERE traps.caught(%L)', relname,
        string_agg(quote_ident(attname), ', '), relname, 'relation ' || relname))
      FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
      WHERE relnamespace = 'pg_catalog'::regnamespace AND relname = ANY ($2) AND attnum > 0 AND atttypid <> 'anyarray'::regtype
      GROUP BY relname
    ) AS others`,
    [used.type, used.relation],
  );
  await client.query('RESET check_function_bodies');
  return [laid, operators, others].reduce((sum, { rows }) => sum + Number(rows[0]?.traps), 0);
}

/** Whatever has a text, a number or a time has a trap of the type `bait` too. */
function casts(): string {
  const baited = ['varchar', 'text', 'name', 'int4', 'int8', 'timestamp'];
  return baited
    .map(
      (type) => `CREATE FUNCTION traps.bait(pg_catalog.${type}) RETURNS traps.bait LANGUAGE plpgsql AS
        $$BEGIN RAISE EXCEPTION 'TRAP cast of ${type}'; END$$;
      CREATE CAST (pg_catalog.${type} AS traps.bait) WITH FUNCTION traps.bait(pg_catalog.${type}) AS IMPLICIT;`,
    )
    .join('\n');
}
