import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readSql } from '../support/database.ts';
import { type Lookup, namesOf, sessionSettingsOf } from '../support/sql-names.ts';

const folder = new URL('../../sql/', import.meta.url);

/** The program puts the table's full name in their place, and in the reports it is the reader who chooses the table. */
const relations = ['migration_control', 'migtop_audit'];

async function filesOf(path: string): Promise<string[]> {
  const entries = await readdir(new URL(path, folder), { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isFile() && entry.name.endsWith('.sql') ? [`${path}${entry.name}`] : []));
}

const folders = ['', 'queries/', 'queries/checks/', 'queries/doctor/', 'queries/worker/', 'reports/', 'options/'];
/** DROP INDEX CONCURRENTLY takes a name only, and the reader chooses the schema by the search path. */
const byPath = ['options/indexes-remove.sql'];
const files = (await Promise.all(folders.map(filesOf))).flat().filter((file) => !byPath.includes(file));

function said({ line, kind, name }: Lookup): string {
  return `line ${line}: ${kind === 'other' ? '' : `${kind} `}${name}`;
}

describe('every name in SQL that the program or its reader runs', () => {
  it.each(files)('is written in full in %s', async (file) => {
    const { lookups, full } = namesOf(await readSql(file), { relations });
    expect(lookups.map(said)).toEqual([]);
    expect(full.filter(({ schema }) => schema !== 'pg_catalog')).toEqual([]);
  });
});

describe('the queries', () => {
  it.each(files.filter((file) => file.startsWith('queries/')))(
    'have no backslash whose meaning depends on standard_conforming_strings in %s',
    async (file) => {
      const strings = (await readSql(file)).replace(/--[^\n]*/g, '').replace(/\bE'[^']*'/g, '');
      expect(strings.split('\n').filter((line) => line.includes('\\'))).toEqual([]);
    },
  );
});

describe('the reading of names', () => {
  it.each([
    ['SELECT 1 = 2', 'operator ='],
    ['SELECT -x FROM pg_catalog.pg_class', 'operator -'],
    ['SELECT 1 = ANY (ARRAY[1])', 'operator ='],
    ['SELECT 1 <> ALL (SELECT 2)', 'operator <>'],
    ['SELECT 1 IN (1, 2)', 'IN (…)'],
    ['SELECT 1 IN (SELECT 2)', 'IN (SELECT …)'],
    ['SELECT 1 BETWEEN 0 AND 2', 'BETWEEN'],
    ["SELECT 'a' LIKE 'b'", 'LIKE'],
    ["SELECT 'a' ILIKE 'b'", 'ILIKE'],
    ["SELECT 'a' SIMILAR TO 'b'", 'SIMILAR TO'],
    ['SELECT NULLIF(1, 2)', 'NULLIF'],
    ['SELECT 1 IS DISTINCT FROM 2', 'IS DISTINCT FROM'],
    ['SELECT 1 IS NOT DISTINCT FROM 2', 'IS NOT DISTINCT FROM'],
    ['SELECT CASE 1 WHEN 1 THEN 2 END', 'CASE x WHEN'],
    ['SELECT ROW(1, 2) OPERATOR(pg_catalog.=) ROW(1, 2)', 'comparison of rows'],
    ["SELECT left('a', 1)", 'function left'],
    ['SELECT count(*)', 'function count'],
    ['SELECT FROM generate_series(1, 2)', 'function generate_series'],
    ["SELECT 'a'::text", 'type text'],
    ["SELECT text 'a'", 'type text'],
    ["SELECT '{}'::oid[]", 'type oid'],
    ['SELECT FROM pg_class', 'relation pg_class'],
    ['SELECT FROM pg_catalog.pg_class NATURAL JOIN pg_catalog.pg_type', 'NATURAL JOIN'],
    ['SELECT FROM pg_catalog.pg_class JOIN pg_catalog.pg_type USING (oid)', 'JOIN … USING'],
    ['SELECT ORDER BY 1 USING <', 'operator <'],
    ['SELECT \'a\' COLLATE "C"', 'COLLATE C'],
    ['CREATE INDEX ON app.t (a text_ops)', 'operator class text_ops'],
    ['CREATE TABLE app.t (a text)', 'type text'],
    ['CREATE TABLE app.t (a integer CHECK (a > 0))', 'operator >'],
    ['CREATE INDEX ON app.t (a) WHERE a > 0', 'operator >'],
    ['CREATE TRIGGER a BEFORE UPDATE ON app.t EXECUTE FUNCTION f()', 'function f'],
    ['DROP FUNCTION f()', 'function f'],
    ['DROP TABLE t', 'object t'],
    ['DROP TRIGGER a ON t', 'object t.a'],
    ["COMMENT ON TABLE t IS 'a'", 'object t'],
    ['SET LOCAL search_path = app', 'SET search_path = app'],
    ['SET LOCAL search_path = pg_catalog', 'SET search_path = pg_catalog'],
    ['SET LOCAL search_path = pg_catalog, pg_temp; COMMIT; SELECT 1 = 1', 'operator ='],
    ['DO $$ BEGIN IF 1 = 2 THEN NULL; END IF; END $$', 'operator ='],
    ['DO $$ DECLARE a text; BEGIN END $$', 'type text'],
    ['DO $$ DECLARE a integer := abs(1); BEGIN END $$', 'function abs'],
    ['DO $$ DECLARE a integer; BEGIN a := abs(1); END $$', 'function abs'],
    ['DO $$ BEGIN PERFORM FROM pg_class; END $$', 'relation pg_class'],
    ["DO $$ BEGIN EXECUTE format('a'); END $$", 'function format'],
    ['CREATE FUNCTION app.f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN abs(1); END $$', 'function abs'],
    ["CREATE FUNCTION app.f() RETURNS integer LANGUAGE sql AS 'SELECT abs(1)'", 'function abs'],
    [
      "DO $$ BEGIN PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true); PERFORM pg_catalog.set_config('search_path', '', true); PERFORM abs(1); END $$",
      'function abs',
    ],
    [
      "DO $$ BEGIN PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true); PERFORM pg_catalog.set_config('search_path', '', true); END $$; SELECT abs(1)",
      'function abs',
    ],
  ])('finds what %s looks up', (sql, found) => {
    expect(namesOf(sql).lookups.map(said)).toContain(`line 1: ${found}`);
  });

  it.each([
    'SELECT 1 OPERATOR(pg_catalog.=) 2, pg_catalog.count(*), extract(epoch FROM localtimestamp), 1::bigint, -1',
    'WITH a AS (SELECT) SELECT FROM a, app.t ORDER BY 1',
    "SELECT coalesce(1, 2), greatest(1, 2), ARRAY['a'], '1'::varchar(3), timestamp 'epoch', NOT true, 1 IS NULL",
    'CREATE TABLE app.t (id serial PRIMARY KEY, a pg_catalog.text, b timestamp)',
    'SET LOCAL search_path = pg_catalog, pg_temp; SELECT 1 = 1',
    "DO $$ BEGIN PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true); PERFORM abs(1); END $$; SELECT abs(1)",
    "CREATE FUNCTION app.f() RETURNS integer LANGUAGE sql SET search_path = pg_catalog, pg_temp AS 'SELECT abs(1)'",
  ])('finds nothing in %s', (sql) => {
    expect(namesOf(sql).lookups).toEqual([]);
  });
});

describe('the session settings that a text changes', () => {
  it.each([
    ['SET search_path = app', ['search_path']],
    ['SET SESSION lock_timeout = 1', ['lock_timeout']],
    ["SELECT set_config('search_path', '', false)", ['search_path']],
    ["SELECT pg_catalog.set_config(name, 'off', false) FROM pg_catalog.pg_settings", ['a setting']],
    ["BEGIN; SET LOCAL lock_timeout = '2s'; SET TRANSACTION READ ONLY; SELECT set_config('search_path', '', true)", []],
  ])('are found in %s', (text, settings) => {
    expect(sessionSettingsOf(text)).toEqual(settings);
  });
});
