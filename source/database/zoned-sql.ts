import { twofoldHours, utc, type Zone } from '../domain/zone.ts';

/**
 * Adapts a query to the time zone of the table's writers. The files use the session's zone, so that each runs in psql unchanged.
 * The adapted query does not depend on the session's zone, which may be set for the operator's role: it sends and returns
 * times as instants, and compares the writers' timestamps with their local time.
 *
 * @param zonedColumns the timestamp columns whose type includes a zone, if the query reads the table itself
 * @param sendsLocal whether the query is sent timestamps of the writers' local time, which it compares with `started_at`, and no instants
 */
export function inZone(
  text: string,
  zone: Zone = utc,
  zonedColumns: readonly string[] = [],
  sendsLocal = false,
): string {
  const name = quoted(zone);
  const isZoned = (column: string): boolean => zonedColumns.includes(column.replace(/^\w+\./, ''));
  const sent = text
    // The time of the query, and of the audit.
    .replaceAll("pg_catalog.date_part('epoch', localtimestamp)", "pg_catalog.date_part('epoch', pg_catalog.now())")
    .replaceAll(
      "pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()::timestamp)",
      "pg_catalog.date_part('epoch', pg_catalog.clock_timestamp())",
    )
    .replaceAll("pg_catalog.date_part('epoch', at::timestamp)", "pg_catalog.date_part('epoch', at)")
    // The timestamps that the query writes.
    .replaceAll(
      'pg_catalog.clock_timestamp()::timestamp',
      isZoned('completed_at')
        ? 'pg_catalog.clock_timestamp()'
        : `pg_catalog.timezone(${name}, pg_catalog.clock_timestamp())`,
    )
    // The time that the query compares with timestamps.
    .replaceAll(/\blocaltimestamp\b/g, `pg_catalog.timezone(${name}, pg_catalog.now())`);
  // A UTC timestamp needs no conversion to an instant.
  if (zone === utc && zonedColumns.length === 0) return sent;
  return (
    sent
      // The order of start: rows of an hour that exists twice are at its beginning (`inOrderOfStart` in domain/start-order.ts).
      .replaceAll(
        /pg_catalog\.isfinite\((started_at|completed_at)\) THEN \1::timestamp\b/g,
        (_, column: string) =>
          `pg_catalog.isfinite(${column}) THEN coalesce(${beginningOf(column, zone)}, ${column}::timestamp)`,
      )
      // Not to_timestamp(): its result may differ by a microsecond.
      .replaceAll(
        /timestamp 'epoch'\s+OPERATOR\(pg_catalog\.\+\) \(\$\d+::pg_catalog\.float8 OPERATOR\(pg_catalog\.\*\) interval '1 second'\)/g,
        (found) =>
          sendsLocal
            ? isZoned('started_at')
              ? instantOf(found, zone)
              : found
            : `pg_catalog.timezone(${name}, pg_catalog.timezone('UTC', ${found}))`,
      )
      // Convert after min() and max(): a conversion for each value would be slow.
      .replaceAll(
        /pg_catalog\.(?:min|max)\((?:started_at|completed_at)::timestamp\)(?: FILTER \(WHERE pg_catalog\.isfinite\(\w+\)\))?/g,
        (found) => within(name, found.replace('::timestamp', '::pg_catalog.timestamp'), ''),
      )
      .replaceAll(
        /\bcompleted_at OPERATOR\(pg_catalog\.>\) started_at\b/g,
        (found) => `(${found} AND NOT ${isTwofoldHour(zone)})`,
      )
      .replaceAll(/\b((?:\w+\.)?(?:started_at|completed_at))::timestamp\b/g, (_, column: string) =>
        isZoned(column) ? column : within(name, `${column}::pg_catalog.timestamp`, ''),
      )
  );
}

/** SQL that converts a timestamp with a zone to the writers' local time. */
export function timestampOf(column: string, zone: Zone = utc): string {
  return zone === utc ? `pg_catalog.timezone('UTC', ${column})` : within(quoted(zone), column, ' with time zone');
}

/** SQL that converts a timestamp of the writers' local time to one with a zone. */
export function instantOf(timestamp: string, zone: Zone): string {
  return `pg_catalog.timezone(${quoted(zone)}, ${timestamp})`;
}

/**
 * SQL that converts a value to a zone or from it. In the first and the last days that PostgreSQL knows, the result may be out of its
 * range, which would end the query with an error: there the zone is taken as UTC.
 */
function within(zone: string, value: string, type: '' | ' with time zone'): string {
  const day = (text: string): string => `timestamp${type} '${text}${type === '' ? '' : ' UTC'}'`;
  return `CASE WHEN ${value} OPERATOR(pg_catalog.>) ${day('4714-12-01 00:00:00 BC')}
    AND ${value} OPERATOR(pg_catalog.<) ${day('294276-12-01 00:00:00')}
    THEN pg_catalog.timezone(${zone}, ${value}) ELSE pg_catalog.timezone('UTC', ${value}) END`;
}

function quoted({ name }: Zone): string {
  return `'${name.replaceAll("'", "''")}'`;
}

/** SQL for whether a timestamp of a row is in an hour that exists twice: then its duration is unknown (`isDuration` in domain/zone.ts). */
function isTwofoldHour(zone: Zone): string {
  const hours = twofoldHours(zone);
  if (hours.length === 0) return 'false';
  const isWithin = (column: string): string => ofHours(column, hours, (_, within) => within);
  return `coalesce(${isWithin('started_at')} OR ${isWithin('completed_at')}, false)`;
}

/** SQL for the instant at which the hour began that exists twice and has this timestamp; null for another timestamp. */
function beginningOf(column: string, zone: Zone): string {
  const hours = twofoldHours(zone);
  if (hours.length === 0) return 'NULL';
  return ofHours(column, hours, (from, within) => `CASE WHEN ${within} THEN ${instantOf(from, zone)} END`);
}

/** SQL about the one hour that a timestamp may be in: halves the hours, so that a row is compared with few of them. */
function ofHours(
  column: string,
  hours: ReturnType<typeof twofoldHours>,
  sqlOf: (from: string, within: string) => string,
): string {
  const middle = hours.length >> 1;
  const [{ from, to }] = hours.slice(middle) as [{ from: number; to: number }];
  if (middle === 0)
    return sqlOf(
      timestamp(from),
      `${column} OPERATOR(pg_catalog.>=) ${timestamp(from)} AND ${column} OPERATOR(pg_catalog.<) ${timestamp(to)}`,
    );
  const [before, after] = [hours.slice(0, middle), hours.slice(middle)].map((half) => ofHours(column, half, sqlOf));
  return `CASE WHEN ${column} OPERATOR(pg_catalog.<) ${timestamp(from)} THEN ${before} ELSE ${after} END`;
}

function timestamp(seconds: number): string {
  return `timestamp '${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')}'`;
}
