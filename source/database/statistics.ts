import { DatabaseError, sqlStateOf } from './database-error.ts';
import type { Statement } from './literals.ts';
import type { Reader } from './read-ahead.ts';
import type { Statistic } from './refused-statistics.ts';
import { sqlFor } from './sql.ts';

/** Server statistics besides the table. A refused one disables a feature; the monitor still runs. */
export interface Statistics {
  /** The system identifier; null if this role may not read it. */
  readonly system: string | null;
  /** The refused statistics: the queries omit them. */
  readonly refused: readonly Statistic[];
  /** A sentence that lists what the screen does not show; none if nothing is missing. */
  readonly notes: readonly string[];
}

/** The missing information on the screen if a statistic is refused; null if there is no visible difference. */
const missing: Readonly<Record<Statistic | 'system', string | null>> = {
  system: 'pg_control_system(): the local audit knows the server by its address',
  sessions: 'pg_stat_activity: the states of worker connections are not shown',
  blockers: 'pg_blocking_pids(): blocking sessions are not shown',
  locks: 'pg_locks: the session that holds a row is not named',
  start: 'pg_postmaster_start_time(): a restart of the server is not noticed',
  inserted: null,
  updated: 'pg_stat_get_tuples_updated(): changes that polling missed are found later',
  deleted: 'pg_stat_get_tuples_deleted(): rows that were deleted are found later',
  resets: null,
  files: 'pg_relation_filenode(): a TRUNCATE is found later',
  commits: null,
  turns: null,
};

/** The server does not count updated and deleted rows: nothing shows that polls missed some. */
const withoutCounts =
  'track_counts is off: edits of old operations are found only when these are counted again (migtop status --no-cache counts now)';

/** The statement of `readStatistics` (sql/queries/statistics.sql). */
export function statisticsStatement(): Statement {
  return { text: sqlFor('statistics', 'migration_control') };
}

/** @throws {DatabaseError} if the connection is lost */
export async function readStatistics(reader: Reader): Promise<Statistics> {
  const { text } = statisticsStatement();
  const all = await answerOf(reader, text);
  const answers = all ?? (await eachAnswer(reader, text));
  const refused = (Object.keys(missing) as (keyof typeof missing)[]).filter((name) => !answers.has(name));
  const lost = refused.map((name) => missing[name]).filter((what) => what !== null);
  return {
    system: answers.get('system') ?? null,
    refused: refused.filter((name) => name !== 'system'),
    notes: [
      ...(lost.length === 0 ? [] : [`the server refuses ${lost.join('; ')}`]),
      ...(answers.get('counts') === 'off' ? [withoutCounts] : []),
    ],
  };
}

type Answers = ReadonlyMap<string, string | null>;

async function eachAnswer(reader: Reader, text: string): Promise<Answers> {
  const found = new Map<string, string | null>();
  for (const query of text.split('UNION ALL')) {
    for (const [name, value] of (await answerOf(reader, query)) ?? []) found.set(name, value);
  }
  return found;
}

/** Null if the server refuses the query, with any SQLSTATE: a server that only speaks PostgreSQL's protocol has its own codes. */
async function answerOf(reader: Reader, text: string): Promise<Answers | null> {
  try {
    const rows = await reader.read(text);
    // Only the first query names its columns.
    return new Map(rows.map((row) => Object.values(row)).map(([name, value]) => [String(name), textOf(value)]));
  } catch (error) {
    const state = sqlStateOf(error instanceof DatabaseError ? error.cause : error);
    if (state === '' || state.startsWith('08') || state.startsWith('57P')) throw error;
    return null;
  }
}

function textOf(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}
