import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atMost, comparison } from '../claims.ts';
import type { Lab, TableKind } from '../lab.ts';
import { naiveFile } from '../peers.ts';
import type { FigureResult } from '../results.ts';
import { median, samplesOf } from '../statistics.ts';

const scan = await readFile(new URL('../one-scan.sql', import.meta.url), 'utf8');
const naive = await readFile(naiveFile, 'utf8');
const fill = await readFile(new URL('../fill.sql', import.meta.url), 'utf8');

/** The tables have the operations of five days (fill.sql). */
const hours = 5 * 24;
const scans = 3;
const mostRuns = 5;

interface Run {
  readonly firstLineMs: number;
  readonly ms: number;
}

/**
 * Figure 10: the time of `migtop status` on the large table. If the table was never counted, it is compared with one parallel scan
 * and with the specification's own queries. With the totals that a run an hour before has kept, it is compared with the small
 * table; an hour of the migration is added at once.
 */
export async function measureStatus(lab: Lab): Promise<FigureResult> {
  const { options, progress } = lab;
  const folder = await mkdtemp(join(tmpdir(), 'migtop-bench-status-'));
  const cache = join(folder, 'cache');
  const kept = join(folder, 'kept');
  const runs = Math.min(mostRuns, options.samples);
  const database = { small: await lab.database('small'), large: await lab.database('large') };
  const status = (kind: TableKind & keyof typeof database, ...args: string[]): Promise<Run> =>
    timed(lab.command('status', database[kind], ...args), cache);
  try {
    const scanMs = await timesOf(lab, database.large, 'one parallel scan', scan);
    const naiveMs = await timesOf(lab, database.large, "the specification's queries", naive);
    const first: Run[] = [];
    for (let run = 0; run < Math.min(2, runs); run++) {
      progress.step('status of the large table, never counted', run, Math.min(2, runs));
      first.push(await status('large', '--no-cache', '--sample', '0'));
    }
    progress.step('status of both tables');
    await status('large', '--sample', '0');
    await status('small', '--sample', '0');
    await cp(cache, kept, { recursive: true });
    for (const kind of ['small', 'large'] as const) await addHour(lab, kind, database[kind]);
    const later = { small: [] as number[], large: [] as number[] };
    for (let run = 0; run < runs; run++) {
      progress.step('status an hour later', run, runs);
      for (const kind of ['small', 'large'] as const) {
        // Each run has kept the totals of the time when it ran.
        await rm(cache, { recursive: true });
        await cp(kept, cache, { recursive: true });
        later[kind].push((await status(kind, '--sample', '0')).ms);
      }
    }
    const firstMs = median(first.map(({ ms }) => ms));
    return {
      title: 'The time of `migtop status`',
      claims: [
        atMost(
          1000,
          'first line of status, large table never counted',
          median(first.map((one) => one.firstLineMs)),
          'ms',
        ),
        atMost(1, 'status, large table never counted, against one parallel scan', firstMs / median(scanMs), 'times'),
        atMost(1, "the same against the specification's own queries", firstMs / median(naiveMs), 'times'),
        atMost(
          3,
          'status an hour later, large table against small',
          median(later.large) / median(later.small),
          'times',
        ),
        comparison('one parallel scan of the large table', median(scanMs), 'ms'),
        comparison("the specification's own queries, large table", median(naiveMs), 'ms'),
        comparison('status of the large table, never counted', firstMs, 'ms'),
        comparison('status of the large table, an hour later', median(later.large), 'ms'),
      ],
      details: {
        scanMs: samplesOf(scanMs),
        naiveMs: samplesOf(naiveMs),
        neverCountedMs: samplesOf(first.map(({ ms }) => ms)),
        hourLaterMs: { small: samplesOf(later.small), large: samplesOf(later.large) },
      },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The milliseconds that the statements take on the large table, `scans` times. */
async function timesOf(lab: Lab, database: string, what: string, statements: string): Promise<number[]> {
  const client = await lab.connect(database);
  const ms: number[] = [];
  // The first one fills the cache.
  for (let run = -1; run < scans; run++) {
    lab.progress.step(`${what} on the large table`, run + 1, scans);
    const startedMs = performance.now();
    await client.query(statements);
    if (run >= 0) ms.push(performance.now() - startedMs);
  }
  await client.end();
  return ms;
}

/** Ends what was open, and adds the operations of the next hour. */
async function addHour(lab: Lab, kind: TableKind, database: string): Promise<void> {
  const { rows, pending } = lab.sizeOf(kind);
  const added = Math.max(pending + 60, Math.ceil(rows / hours));
  lab.progress.step(`an hour of the ${kind} table: ${added.toLocaleString('en')} operations`);
  const client = await lab.connect(database);
  await client.query(
    `UPDATE migration_control SET status = 'completed', records_processed = batch_size, started_at = coalesce(started_at, localtimestamp - interval '59 minutes'),
       completed_at = localtimestamp - interval '58 minutes'
     WHERE status IN ('pending', 'running', 'paused')`,
  );
  await client.query(fill, [rows + 1, rows + added, rows + added, pending, new Date()]);
  await client.end();
}

/** Runs the program, and measures when its first line arrives and when it ends. */
async function timed({ file, args }: ReturnType<Lab['command']>, cache: string): Promise<Run> {
  const startedMs = performance.now();
  const child = spawn(file, [...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH ?? '', HOME: cache, XDG_CACHE_HOME: cache, LC_ALL: 'C.UTF-8' },
  });
  let firstLineMs: number | null = null;
  let problem = '';
  child.stdout.on('data', () => {
    firstLineMs ??= performance.now() - startedMs;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    problem += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (code !== 0 || firstLineMs === null) throw new Error(`migtop ${args.join(' ')} ended with ${code}: ${problem}`);
  return { firstLineMs, ms: performance.now() - startedMs };
}
