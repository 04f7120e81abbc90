import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import type { RowSums, Total } from '../../source/domain/snapshot.ts';
import { type Churn, startChurn } from '../churn.ts';
import { type Claim, none } from '../claims.ts';
import { type Lab, rounds, type TableKind } from '../lab.ts';
import type { FigureResult } from '../results.ts';
import { openSubject, type Subject } from '../subject.ts';

const changedRows = 60;
const editedRows = 6;
const compareEvery = 20;
const budgetSeconds = 180;

interface Course {
  readonly polls: number;
  readonly comparisons: number;
  readonly changedRows: number;
  readonly differences: readonly string[];
}

/** Figure 2: the ledger's totals, compared with a full count. */
export async function measureTotals(lab: Lab): Promise<FigureResult> {
  const { polls } = lab.options;
  const workersOnly = await follow(lab, 'small', { polls, changesFinishedRows: false, seed: 21 });
  const everything = await follow(lab, 'small', { polls, changesFinishedRows: true, seed: 22 });
  const large = await follow(lab, 'large', { polls: Math.ceil(polls / 10), changesFinishedRows: true, seed: 23 });
  const claim = (what: string, { differences, polls: done }: Course): Claim =>
    none(`totals that differ from a full count, ${done} polls, ${what}`, differences.length);
  return {
    title: 'Totals against a full count',
    claims: [
      claim('changes by workers only', workersOnly),
      claim('finished rows changed too', everything),
      claim('the same on the large table', large),
    ],
    details: { workersOnly, everything, large },
  };
}

interface Plan {
  readonly polls: number;
  /** Whether finished rows are changed too. Polls do not see that; the totals are compared after the recount. */
  readonly changesFinishedRows: boolean;
  readonly seed: number;
}

async function follow(lab: Lab, kind: TableKind, { polls, changesFinishedRows, seed }: Plan): Promise<Course> {
  const database = await lab.database(kind);
  const client = await lab.connect(database);
  const late = startLateTransaction(await lab.connect(database));
  const churn: Churn = await startChurn(client, seed);
  const subject = await openSubject(lab.server.url(database, 'totals'));
  const differences: string[] = [];
  let comparisons = 0;
  let changed = 0;
  const compare = async (): Promise<void> => {
    await subject.poll();
    differences.push(...(await differencesFrom(client, subject)));
    comparisons++;
  };
  lab.progress.step(`the first count of the ${kind} table`);
  await subject.settle();
  const done = await rounds(polls, budgetSeconds, async (poll) => {
    lab.progress.step(
      `polls of the ${kind} table${changesFinishedRows ? ', finished rows changed too' : ''}`,
      poll,
      polls,
    );
    changed += await churn.work(changedRows);
    await late.step(poll);
    if (changesFinishedRows) await churn.changeFinishedRows(editedRows);
    await subject.poll();
    await subject.count();
    if (!changesFinishedRows && poll % compareEvery === 0) await compare();
  });
  await late.end();
  if (changesFinishedRows) {
    // Changes of finished rows are in the totals after the whole table has been counted again.
    lab.progress.step(`the recount of the ${kind} table`);
    // An idle session reports to the statistics up to ten seconds late; this does it now.
    await client.query('SELECT pg_stat_force_next_flush()');
    await subject.poll();
    await subject.settle(subject.now());
  }
  await compare();
  await subject.close();
  await client.end();
  return { polls: done, comparisons, changedRows: changed, differences: differences.slice(0, 20) };
}

/** A transaction that commits some polls late: its rows have lower ids than rows that were seen before them. */
function startLateTransaction(client: pg.Client) {
  let commitAt: number | null = null;
  return {
    async step(poll: number): Promise<void> {
      if (commitAt === null && poll % 13 === 5) {
        await client.query('BEGIN');
        await client.query(
          `INSERT INTO migration_control (phase, table_name, operation, status, records_processed, started_at, completed_at)
           SELECT 'execution', 'legacy_table_00' || number, 'late_batch', CASE number WHEN 1 THEN 'running' ELSE 'completed' END,
             number * 100, localtimestamp, CASE WHEN number > 1 THEN localtimestamp END
           FROM generate_series(1, 4) AS number`,
        );
        commitAt = poll + 1 + (poll % 3);
      } else if (commitAt !== null && poll >= commitAt) {
        await client.query('COMMIT');
        commitAt = null;
      }
    },
    async end(): Promise<void> {
      await client.query('COMMIT');
      await client.end();
    },
  };
}

/** The differences between the totals and a full count, as texts. */
async function differencesFrom(client: pg.Client, subject: Subject): Promise<string[]> {
  const text = await readFile(new URL('../full-count.sql', import.meta.url), 'utf8');
  const { rows } = await client.query<Total>(text);
  const counted = new Map(rows.map((row) => [keyOf(row), row]));
  const kept = new Map(subject.totals().map((total) => [keyOf(total), total]));
  return [...new Set([...counted.keys(), ...kept.keys()])].flatMap((key) => {
    const [has, is] = [wordsOf(kept.get(key)), wordsOf(counted.get(key))];
    return has === is ? [] : [`${key}: totals ${has}, full count ${is}`];
  });
}

function keyOf({ phase, tableName }: Total): string {
  return `${phase} ${tableName}`;
}

function wordsOf(total: Total | undefined): string {
  if (total === undefined || Object.values(total.statuses).every((operations) => operations === 0)) return 'nothing';
  const { statuses, timedSeconds } = total;
  const numbers = [
    total.recordsProcessed,
    total.totals,
    ...sumsOf(total.main),
    ...sumsOf(total.side),
    total.largestCompleted,
    total.largestBatch,
    total.pendingSized,
    total.pendingSizes,
    total.startedAt,
    total.completedAt,
    total.timedOperations,
    total.timedRecords,
    // Timestamps are exact to the microsecond, sums of seconds are not.
    Math.round(timedSeconds * 1e6),
  ];
  const counts = [statuses.pending, statuses.running, statuses.completed, statuses.failed, statuses.paused];
  return [...counts, statuses.skipped, ...numbers].join(' ');
}

function sumsOf(sums: RowSums): (number | null)[] {
  return [
    sums.works,
    sums.unitWorks,
    sums.reachedWorks,
    sums.unfinishedWorks,
    sums.unfinishedRecords,
    sums.failedWorks,
    sums.records,
    sums.totals,
    sums.evidence,
    sums.outside,
    sums.completedEvidence,
    sums.largestLive,
    sums.largestTotal,
    sums.smallestTotal,
    sums.largestCompleted,
    sums.smallestCompleted,
  ];
}
