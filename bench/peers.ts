import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Command } from './recording.ts';
import { type BenchServer, host, password, user } from './server.ts';

/** The programs measured for comparison, as printed by `--version`; null if not installed. */
export interface Peers {
  readonly pgActivity: string | null;
  readonly psql: string | null;
}

export const naiveFile = fileURLToPath(new URL('naive.sql', import.meta.url));

/** Finds the installed programs. */
export function findPeers(): Peers {
  return { pgActivity: versionOf('pg_activity'), psql: versionOf('psql') };
}

/** pg_activity with the monitor's interval of 1 s instead of its usual 2 s. */
export function pgActivityCommand(server: BenchServer, database: string): Command {
  const args = ['-h', host, '-p', String(server.port), '-U', user, '-d', database, '--refresh', '1'];
  return { file: 'pg_activity', args, env: { PGPASSWORD: password } };
}

/** psql with \watch and the first of the naive queries: what an operator has without a monitor. */
export function psqlWatchCommand(server: BenchServer, database: string): Command {
  const query =
    'SELECT phase, status, count(*), sum(records_processed) FROM migration_control GROUP BY 1, 2 ORDER BY 1, 2 \\watch 1';
  return { file: 'sh', args: ['-c', `printf '%s\\n' "$1" | psql -X "$2"`, 'sh', query, server.url(database, 'psql')] };
}

function versionOf(program: string): string | null {
  const { status, stdout } = spawnSync(program, ['--version'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return status === 0 ? (stdout.trim().split('\n')[0] ?? program) : null;
}
