import { createHash } from 'node:crypto';
import { readFile, statfs } from 'node:fs/promises';
import pg from 'pg';
import type { Progress } from './progress.ts';
import type { BenchServer } from './server.ts';

/** How many rows a table has, and how many of them are pending. */
export interface TableSize {
  readonly rows: number;
  readonly pending: number;
}

const texts = {
  schema: await read('../sql/migration_control.sql'),
  fill: await read('fill.sql'),
  phases: await read('fill-phases.sql'),
};

/** How many rows one statement inserts. */
const chunkRows = 250_000;

/** Size of a row on disk, including its index entries. */
const bytesPerRow = 350;

/** Maximum size of the write-ahead log (`max_wal_size`). */
const logBytes = 4 * 2 ** 30;

/** The copy shifts the timestamps of the last hours to now; older rows keep theirs. */
const freshHours = 2;

/**
 * Creates a database with a table of this size, as a copy of a filled database. The filled one is created if there is none, and
 * kept for the next run. A database with the name of the copy is dropped before.
 */
export async function copyTable(
  server: BenchServer,
  name: string,
  size: TableSize,
  progress: Progress,
): Promise<string> {
  const owner = await open(server.url('postgres'));
  try {
    const filled = await filledDatabase(server, owner, size, progress);
    progress.step(`copying ${describe(size)}`);
    await owner.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await owner.query(`CREATE DATABASE ${name} TEMPLATE ${filled.name} STRATEGY file_copy`);
    await freshen(server.url(name), filled.filledAt);
  } finally {
    await owner.end();
  }
  return name;
}

/** Drops the databases of an interrupted run. */
export async function dropCopies(server: BenchServer): Promise<void> {
  const owner = await open(server.url('postgres'));
  const { rows } = await owner.query<{ datname: string }>(
    `SELECT datname FROM pg_database WHERE datname ~ '^(copy|filling)_'`,
  );
  for (const { datname } of rows) await owner.query(`DROP DATABASE ${datname} WITH (FORCE)`);
  await owner.end();
}

async function filledDatabase(
  server: BenchServer,
  owner: pg.Client,
  { rows, pending }: TableSize,
  progress: Progress,
): Promise<{ name: string; filledAt: string }> {
  // A changed script gives another name.
  const recipe = createHash('sha256').update(Object.values(texts).join('\0')).digest('hex').slice(0, 8);
  const name = `filled_${rows}_${pending}_${recipe}`;
  const known = await owner.query<{ filled_at: string }>(
    `SELECT shobj_description(oid, 'pg_database') AS filled_at FROM pg_database WHERE datname = $1`,
    [name],
  );
  if (known.rows[0] !== undefined) return { name, filledAt: known.rows[0].filled_at };

  await requireSpace(owner, rows);
  const filling = `filling_${rows}_${pending}`;
  await owner.query(`DROP DATABASE IF EXISTS ${filling} WITH (FORCE)`);
  await owner.query(`CREATE DATABASE ${filling} TEMPLATE template0`);
  const filledAt = await fill(server.url(filling), { rows, pending }, progress);
  // The final name shows that the table is complete.
  await owner.query(`COMMENT ON DATABASE ${filling} IS '${filledAt}'`);
  await owner.query(`ALTER DATABASE ${filling} RENAME TO ${name}`);
  return { name, filledAt };
}

async function fill(url: string, size: TableSize, progress: Progress): Promise<string> {
  const client = await open(url);
  try {
    await client.query(texts.schema);
    const indexes = await client.query<{ name: string }>(
      `SELECT indexrelid::regclass AS name FROM pg_index
       WHERE indrelid = 'migration_control'::regclass AND NOT indisprimary`,
    );
    // Building the indexes at the end takes a third of the time.
    for (const { name } of indexes.rows) await client.query(`DROP INDEX ${name}`);
    await client.query(`SET maintenance_work_mem = '1GB'`);
    await client.query('SET synchronous_commit = off');
    const { rows: clock } = await client.query<{ now: string }>('SELECT localtimestamp::text AS now');
    const now = clock[0]?.now ?? '';
    // The other phases come first: they get the lowest ids, and have the oldest timestamps except for validation.
    await client.query(texts.phases, [now]);
    for (let first = 1; first <= size.rows; first += chunkRows) {
      progress.step(`filling ${describe(size)}: rows`, first - 1, size.rows);
      const last = Math.min(first + chunkRows - 1, size.rows);
      await client.query(texts.fill, [first, last, size.rows, size.pending, now]);
    }
    progress.step(`filling ${describe(size)}: indexes`);
    await client.query(texts.schema);
    await client.query('SET synchronous_commit = on');
    // Waits until the write-ahead log is on disk: before, VACUUM marks no page as all-visible.
    await client.query('SELECT pg_current_xact_id()');
    progress.step(`filling ${describe(size)}: vacuum`);
    await client.query('VACUUM (ANALYZE) migration_control');
    return now;
  } finally {
    await client.end();
  }
}

/** Shifts the timestamps of the last rows to now: in a table filled yesterday, nothing happened in the last hour. */
async function freshen(url: string, filledAt: string): Promise<void> {
  const client = await open(url);
  await client.query(
    `UPDATE migration_control
     SET started_at = started_at + (localtimestamp - $1::timestamp), completed_at = completed_at + (localtimestamp - $1::timestamp)
     WHERE started_at > $1::timestamp - make_interval(hours => ${freshHours}) AND localtimestamp > $1::timestamp + interval '10 minutes'`,
    [filledAt],
  );
  await client.query('VACUUM (ANALYZE) migration_control');
  await client.end();
}

async function requireSpace(owner: pg.Client, rows: number): Promise<void> {
  const { rows: found } = await owner.query<{ data_directory: string }>('SHOW data_directory');
  const folder = found[0]?.data_directory ?? '.';
  const { bavail, bsize } = await statfs(folder);
  // For the kept table and its copy.
  const neededGb = Math.ceil((rows * bytesPerRow * 2 + Math.min(rows * bytesPerRow, logBytes)) / 2 ** 30);
  const freeGb = Math.floor((bavail * bsize) / 2 ** 30);
  if (freeGb < neededGb)
    throw new Error(
      `${rows} rows need ${neededGb} GB in ${folder}, where ${freeGb} GB are free. Use another directory with --data, or fewer --rows.`,
    );
}

function describe({ rows, pending }: TableSize): string {
  return `${rows.toLocaleString('en')} rows, ${pending.toLocaleString('en')} pending`;
}

async function open(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  // If the server stops while a client is open, its query rejects.
  client.on('error', () => {});
  await client.connect();
  return client;
}

function read(path: string): Promise<string> {
  return readFile(new URL(path, import.meta.url), 'utf8');
}
