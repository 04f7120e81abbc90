import { fixedZone, utc, type Zone, zoneOf } from '../domain/zone.ts';
import type { Connection } from './connection.ts';
import { DatabaseError, sqlStateOf } from './database-error.ts';
import { sqlFor } from './sql.ts';

/** Where PostgreSQL has the session's time zone from, when it is not the one of other roles too. */
const ownSources = ['user', 'database user', 'client', 'session', 'override', 'interactive'];

/** Running operations whose starts are all ahead by more than this come from writers in another zone. */
const leastAheadSeconds = 60;

/**
 * The time zone of the table's writers: what the running operations evidently use, else the default of the database or
 * of the server. What is set for the operator's own role says nothing of them.
 *
 * @param known the zone found before: it is kept while nothing speaks against it
 * @param hasInstants whether the starts are instants: of these nothing is ahead, in whatever zone they are written
 * @throws {DatabaseError} where the connection is lost
 */
async function readZone(
  connection: Connection,
  table: string,
  known: Zone | undefined,
  hasInstants: boolean,
): Promise<Zone> {
  try {
    const [setting] = await connection.read(sqlFor('zone', table));
    if (setting === undefined) return utc;
    const name = isOwn(setting) ? String(setting.database ?? setting.log) : String(setting.session);
    const [evidence] = await connection.read(sqlFor('zone-evidence', table), [known?.name ?? name]);
    const offset = Number(evidence?.offset_seconds ?? 0);
    const [least, most] = [evidence?.least_ahead, evidence?.most_ahead].map((one) =>
      one == null || hasInstants ? null : Number(one),
    );
    if (least != null && most != null && least > leastAheadSeconds) return fixedZone(offset + stepsAhead(most));
    return known ?? zoneOf(name, offset);
  } catch (error) {
    const state = sqlStateOf(error instanceof DatabaseError ? error.cause : error);
    if (state === '' || state.startsWith('08') || state.startsWith('57P')) throw error;
    // A server that only speaks PostgreSQL's protocol may know none of it.
    return known ?? utc;
  }
}

function isOwn(setting: Record<string, unknown>): boolean {
  return ownSources.includes(String(setting.source));
}

/** Zones differ by quarters of an hour, most of them by hours: what begins just now is exactly so far ahead. */
function stepsAhead(seconds: number): number {
  const quarters = Math.round(seconds / 900) * 900;
  return Math.abs(seconds - quarters) < 5 ? quarters : Math.ceil(seconds / 3600) * 3600;
}

/** The zone of the table's writers, and which of its timestamps have a zone of their own. */
export async function zoned(
  connection: Connection,
  table: string,
  columns: readonly { readonly name: string; readonly type: string }[],
  known: { readonly zone?: Zone } | null,
): Promise<{ zone?: Zone; zonedColumns?: readonly string[] }> {
  const withZone = columns.filter(
    ({ name, type }) => (name === 'started_at' || name === 'completed_at') && type.endsWith('with time zone'),
  );
  const hasInstants = withZone.some(({ name }) => name === 'started_at');
  const zone = await readZone(connection, table, known?.zone ?? (known === null ? undefined : utc), hasInstants);
  return {
    ...(zone === utc ? {} : { zone }),
    ...(withZone.length === 0 ? {} : { zonedColumns: withZone.map(({ name }) => name) }),
  };
}
