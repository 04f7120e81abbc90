import { utc, type Zone } from '../domain/zone.ts';

/**
 * A query as it has to be for the time zone of the table's writers. The files take the session's zone for it, so that each
 * runs in psql as it is. What the program sends does not depend on the session's zone, which may be set for the operator's
 * role: times come and go as instants, and now is the writers' local time where it is compared with their timestamps.
 *
 * @param zonedColumns timestamps whose type has a zone, where the query reads the table itself
 */
export function inZone(text: string, zone: Zone = utc, zonedColumns: readonly string[] = []): string {
  const name = quoted(zone);
  const isZoned = (column: string): boolean => zonedColumns.includes(column.replace(/^\w+\./, ''));
  const sent = text
    // The moment of the query, and of the audit.
    .replaceAll("pg_catalog.date_part('epoch', localtimestamp)", "pg_catalog.date_part('epoch', pg_catalog.now())")
    .replaceAll(
      "pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()::timestamp)",
      "pg_catalog.date_part('epoch', pg_catalog.clock_timestamp())",
    )
    .replaceAll("pg_catalog.date_part('epoch', at::timestamp)", "pg_catalog.date_part('epoch', at)")
    // What is written.
    .replaceAll(
      'pg_catalog.clock_timestamp()::timestamp',
      isZoned('completed_at')
        ? 'pg_catalog.clock_timestamp()'
        : `pg_catalog.timezone(${name}, pg_catalog.clock_timestamp())`,
    )
    // What timestamps are compared with.
    .replaceAll(/\blocaltimestamp\b/g, `pg_catalog.timezone(${name}, pg_catalog.now())`);
  // In UTC a timestamp is its instant by itself.
  if (zone === utc && zonedColumns.length === 0) return sent;
  return (
    sent
      // (to_timestamp() may be a microsecond off.)
      .replaceAll(
        /timestamp 'epoch'\s+OPERATOR\(pg_catalog\.\+\) \(\$\d+::pg_catalog\.float8 OPERATOR\(pg_catalog\.\*\) interval '1 second'\)/g,
        (found) => `pg_catalog.timezone(${name}, pg_catalog.timezone('UTC', ${found}))`,
      )
      // Extremes are found first: a zone is looked up for each value.
      .replaceAll(
        /pg_catalog\.(?:min|max)\((?:started_at|completed_at)::timestamp\)(?: FILTER \(WHERE pg_catalog\.isfinite\(\w+\)\))?/g,
        (found) => `pg_catalog.timezone(${name}, ${found.replace('::timestamp', '::pg_catalog.timestamp')})`,
      )
      .replaceAll(/\b((?:\w+\.)?(?:started_at|completed_at))::timestamp\b/g, (_, column: string) =>
        isZoned(column) ? column : `pg_catalog.timezone(${name}, ${column}::timestamp)`,
      )
  );
}

/** A timestamp with a zone as the writers' clocks showed it. */
export function timestampOf(column: string, zone: Zone = utc): string {
  return `pg_catalog.timezone(${quoted(zone)}, ${column})`;
}

function quoted({ name }: Zone): string {
  return `'${name.replaceAll("'", "''")}'`;
}
