import { fixedZone, utc, type Zone, zoneOf } from '../domain/zone.ts';
import { DatabaseError, sqlStateOf } from './database-error.ts';
import type { Statement } from './literals.ts';
import type { Reader } from './read-ahead.ts';
import { sqlFor } from './sql.ts';

/** Sources (pg_settings) of a time zone that applies only to this role or session. */
const ownSources = ['user', 'database user', 'client', 'session', 'override', 'interactive'];

/** If all running operations start more than this in the future, their writers use another zone. */
const leastAheadSeconds = 60;

/** No zone is further ahead of UTC than this (Pacific/Kiritimati). */
const mostAheadSeconds = 14 * 3600;
/** The clock of a writer may be this much faster than that of the database. */
const clockSeconds = 5;

/**
 * The time zone of the table's writers: the zone that the running operations evidently use, else the default of the database
 * or of the server. The setting of the operator's role is ignored, because it does not apply to the writers.
 *
 * @param known the zone found before; it is kept unless the running operations contradict it
 * @param hasInstants whether started_at has a time zone: then no start is in the future, and the starts prove nothing
 * @throws {DatabaseError} if the connection is lost
 */
async function readZone(reader: Reader, table: string, known: Zone | undefined, hasInstants: boolean): Promise<Zone> {
  try {
    const [setting] = await reader.read(zoneStatement(table).text);
    if (setting === undefined) return utc;
    const name = isOwn(setting) ? String(setting.database ?? setting.log) : String(setting.session);
    const [evidence] = await reader.read(sqlFor('zone-evidence', table), [
      known?.name ?? name,
      mostAheadSeconds + clockSeconds,
    ]);
    const offset = Number(evidence?.offset_seconds ?? 0);
    const [least, most] = [evidence?.least_ahead, evidence?.most_ahead].map((one) =>
      one == null || hasInstants ? null : Number(one),
    );
    if (least != null && most != null && least > leastAheadSeconds)
      return fixedZone(Math.min(offset + stepsAhead(most), mostAheadSeconds));
    return known ?? zoneOf(name, offset);
  } catch (error) {
    const state = sqlStateOf(error instanceof DatabaseError ? error.cause : error);
    if (state === '' || state.startsWith('08') || state.startsWith('57P')) throw error;
    // A server that only speaks PostgreSQL's protocol may not support these queries.
    return known ?? utc;
  }
}

/** The statement of `readZone` (sql/queries/zone.sql). */
export function zoneStatement(table: string): Statement {
  return { text: sqlFor('zone', table) };
}

function isOwn(setting: Record<string, unknown>): boolean {
  return ownSources.includes(String(setting.source));
}

/**
 * Rounds seconds to a zone difference. Zones differ by quarters of an hour, most of them by hours; an operation that has just
 * started is ahead by exactly this difference.
 */
function stepsAhead(seconds: number): number {
  const quarters = Math.round(seconds / 900) * 900;
  return Math.abs(seconds - quarters) <= clockSeconds ? quarters : Math.ceil(seconds / 3600) * 3600;
}

/** The zone of the table's writers, and the timestamp columns whose type includes a time zone. */
export async function zoned(
  reader: Reader,
  table: string,
  columns: readonly { readonly name: string; readonly type: string }[],
  known: { readonly zone?: Zone } | null,
): Promise<{ zone?: Zone; zonedColumns?: readonly string[] }> {
  const withZone = columns.filter(
    ({ name, type }) => (name === 'started_at' || name === 'completed_at') && type.endsWith('with time zone'),
  );
  const hasInstants = withZone.some(({ name }) => name === 'started_at');
  const zone = await readZone(reader, table, known?.zone ?? (known === null ? undefined : utc), hasInstants);
  return {
    ...(zone === utc ? {} : { zone }),
    ...(withZone.length === 0 ? {} : { zonedColumns: withZone.map(({ name }) => name) }),
  };
}
