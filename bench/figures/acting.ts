import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { atLeast, type Claim, comparison, none } from '../claims.ts';
import type { Lab } from '../lab.ts';
import type { FigureResult } from '../results.ts';
import { rounded, sum } from '../statistics.ts';
import { openWorkers, type Workers } from '../workers.ts';

const workerCount = 4;

/** How many operations the actions change; at most a tenth of the rows of the large table. */
const mostOperations = 100_000;

const verbs = [
  { verb: 'pause', from: 'pending', to: 'paused', words: 'paused' },
  { verb: 'resume', from: 'paused', to: 'pending', words: 'resumed' },
] as const;

const run = promisify(execFile);
const audit = await readFile(new URL('../../sql/options/audit.sql', import.meta.url), 'utf8');

interface Report {
  readonly operations: readonly { readonly id: number; readonly outcome: string }[];
}

/**
 * Figure 8: how much throughput workers lose while one action changes 100,000 operations of their table, and whether the
 * outcome of each of these is reported, in the table and in the audit.
 */
export async function measureActing(lab: Lab): Promise<FigureResult> {
  const { server, options, progress } = lab;
  const database = await lab.database('small');
  const owner = await lab.connect(database);
  await owner.query(audit);
  const operations = Math.min(mostOperations, Math.ceil(options.rows / 10));
  await owner.query(
    `INSERT INTO migration_control (phase, table_name, operation, status, batch_size, total_records)
     SELECT 'execution', 'acted_' || n % 40, 'batch ' || n, 'pending', 500, 500 FROM generate_series(1, $1) AS n`,
    [operations],
  );
  await owner.query('ANALYZE migration_control');
  const workers = await openWorkers(server.url(database, 'worker'), workerCount);
  const windowSeconds = options.window * 0.3;
  const claims: Claim[] = [];
  const details: Record<string, unknown> = { workers: workerCount, operations, windowSeconds };
  try {
    await workers.run(windowSeconds);
    for (const [index, { verb, from, to, words }] of verbs.entries()) {
      progress.step(`operations are ${words}`, index, verbs.length);
      const before = await rate(workers, windowSeconds);
      const startedMs = performance.now();
      const acting = act(lab, database, verb, from);
      const during: number[] = [];
      let isOver = false;
      const over = (): void => {
        isOver = true;
      };
      acting.then(over, over);
      do during.push((await workers.run(Math.min(1, windowSeconds))).batchesASecond);
      while (!isOver);
      const report = await acting;
      const seconds = (performance.now() - startedMs) / 1000;
      const after = await rate(workers, windowSeconds);
      const applied = report.operations.filter(({ outcome }) => outcome === 'applied');
      const lost = operations - new Set(report.operations.map(({ id }) => id)).size;
      const { rows } = await owner.query<{ changed: number; audited: number }>(
        `SELECT (SELECT count(*)::int FROM migration_control WHERE table_name LIKE 'acted%' AND status = $1) AS changed,
           (SELECT count(*)::int FROM migtop_audit WHERE action = $2 AND outcome = 'applied') AS audited`,
        [to, verb],
      );
      const { changed = 0, audited = 0 } = rows[0] ?? {};
      const base = mean([before, after]);
      claims.push(
        atLeast(
          0.9,
          `batches per second while ${count(operations)} operations are ${words}, against none`,
          mean(during) / base,
          'times',
        ),
        none(
          `outcomes that are missing or wrong, ${count(operations)} operations ${words}`,
          lost + Math.abs(applied.length - changed) + Math.abs(applied.length - audited),
        ),
        comparison(`seconds in which they were ${words}`, seconds, 's'),
      );
      details[verb] = {
        batchesASecond: { before: rounded(before), during: rounded(mean(during)), after: rounded(after) },
        applied: applied.length,
        changed,
        audited,
        seconds: rounded(seconds),
      };
    }
  } finally {
    await workers.end();
    await owner.end();
    // Another figure gets a copy without these operations and without the audit.
    await lab.drop('small');
  }
  return { title: 'Cost of an action on many operations for the workers', claims, details };
}

async function act(lab: Lab, database: string, verb: string, from: string): Promise<Report> {
  const { file, args } = lab.monitor(database);
  const [launcher = '', url = ''] = args;
  const where = `table:acted* status:${from}`;
  const { stdout } = await run(file, [launcher, verb, url, '--where', where, '--json'], { maxBuffer: 2 ** 30 }).catch(
    // 1: some were not changed, which the report says.
    (error: { code?: unknown; stdout?: string }) => {
      if (error.code !== 1 || !error.stdout) throw error;
      return { stdout: error.stdout };
    },
  );
  return JSON.parse(stdout) as Report;
}

function mean(numbers: readonly number[]): number {
  return sum(numbers) / numbers.length;
}

/** The mean of two windows. */
async function rate(workers: Workers, seconds: number): Promise<number> {
  return mean([(await workers.run(seconds)).batchesASecond, (await workers.run(seconds)).batchesASecond]);
}

function count(number: number): string {
  return number.toLocaleString('en');
}
