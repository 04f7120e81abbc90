import { visibleName } from '../visible-name.ts';
import { type Finding, ofTables } from './finding.ts';
import { alter, literal, printableName } from './mending.ts';

/** The sequence of the ids, as sql/queries/doctor/sequence.sql returns it. */
export interface IdSequence {
  /** Full name, quoted by PostgreSQL. */
  readonly sequence: string;
  /** The next id that it gives. */
  readonly next: number;
  /** The highest id; null in an empty table. */
  readonly highest: number | null;
  /** The last id that it can give. */
  readonly limit: number;
}

/** The highest bigint, as a number of JavaScript. */
const bigintLimit = 2 ** 63;

/** From this share of its range on, a sequence is near its end. */
const nearEnd = 0.9;

/** @param table the full name of the control table, quoted */
export function judgeSequence(table: string, { sequence, next, highest, limit }: IdSequence): readonly Finding[] {
  const common = { check: 'sequence', ...ofTables([]), rows: [], rowCount: 0 } as const;
  if (highest !== null && highest >= next) {
    return [
      {
        ...common,
        severity: 'error',
        title: `the sequence ${visibleName(sequence)} gives ${next} as the next id, but ids up to ${highest} exist: the next INSERT fails, or repeats an id`,
        // Never back: it may have given higher ids since.
        sql: `SELECT setval(${literal(sequence)}, greatest((SELECT max(id) FROM ${table}), (SELECT last_value FROM ${printableName(sequence)})));`,
        advice: 'rows were inserted with explicit ids, for example from a dump',
      },
    ];
  }
  if (Math.max(next, highest ?? 0) < limit * nearEnd) return [];
  return [
    {
      ...common,
      severity: 'warning',
      title: `the sequence ${visibleName(sequence)} is near its end: next id ${next}, last possible id ${limit}`,
      ...(limit < bigintLimit
        ? {
            // The sequence of a serial column keeps its own type.
            sql: `${alter(table, 'ALTER COLUMN id TYPE bigint')}\nALTER SEQUENCE ${printableName(sequence)} AS bigint NO MAXVALUE;`,
            advice: 'ALTER TABLE rewrites the whole table and blocks all sessions meanwhile; stop the workers first',
          }
        : {
            sql: null,
            advice:
              'no SQL mends it, because no whole number in PostgreSQL is larger: find out who set the sequence so high',
          }),
    },
  ];
}
