import { setTimeout as sleep } from 'node:timers/promises';
import { atLeast, type Claim, comparison } from '../claims.ts';
import { type Lab, rest, rounds } from '../lab.ts';
import { pgActivityCommand } from '../peers.ts';
import { backendCpuSeconds } from '../processes.ts';
import { type Command, record } from '../recording.ts';
import type { FigureResult } from '../results.ts';
import { firstCountMs, sessionList, wholeTotals } from '../screens.ts';
import { median, quantile, rounded, samplesOf, sum } from '../statistics.ts';
import { openWorkers, startNaive } from '../workers.ts';
import { measureFifty } from './fifty-monitors.ts';

const workerCount = 4;
const settleSeconds = 3;
/** After this time a continued monitor has polled once, in milliseconds. */
const wakeMs = 500;
/**
 * A continued monitor first counts what the workers wrote while it was stopped, which is more than a second's rows: it is
 * measured once its sessions take no more than this share of a CPU for two seconds, or after the maximum.
 */
const idleShare = 0.03;
const longestCatchUpSeconds = 30;
/** Each program watches the workers for so long before it is measured, in seconds: after two polls with many changes migtop polls less often. */
const steadySeconds = 4;

interface Watcher {
  readonly name: string;
  wake(): Promise<void>;
  rest(): Promise<void>;
  end(): Promise<void>;
}

/** Figure 7: how much throughput workers lose while a program watches them, and the server's CPU time for fifty monitors. */
export async function measureWorkers(lab: Lab): Promise<FigureResult> {
  const { server, options, progress } = lab;
  const database = await lab.database('large');
  const workers = await openWorkers(server.url(database, 'worker'), workerCount);
  const watchers = await startWatchers(lab, database);
  const rates = new Map<string, number[]>(
    ['no monitor', ...watchers.map(({ name }) => name)].map((name) => [name, []]),
  );
  const ratios = new Map<string, number[]>(watchers.map(({ name }) => [name, []]));
  const windowSeconds = options.window * 0.5;
  const count = Math.max(1, Math.ceil(options.samples * 0.12));
  try {
    await workers.run(windowSeconds);
    await rounds(count, Number.POSITIVE_INFINITY, async (round) => {
      progress.step('workers at full speed', round, count);
      let before = (await workers.run(windowSeconds)).batchesASecond;
      rates.get('no monitor')?.push(before);
      for (const watcher of watchers) {
        await watcher.wake();
        await workers.run(Math.min(steadySeconds, windowSeconds));
        const watched = (await workers.run(windowSeconds)).batchesASecond;
        await watcher.rest();
        const after = (await workers.run(windowSeconds)).batchesASecond;
        rates.get(watcher.name)?.push(watched);
        rates.get('no monitor')?.push(after);
        // Compared with the unwatched windows directly before and after, so that a slow change of speed cancels out.
        ratios.get(watcher.name)?.push(watched / ((before + after) / 2));
        before = after;
      }
    });
  } finally {
    await Promise.all(watchers.map((watcher) => watcher.end()));
    await workers.end();
  }
  const fifty = await measureFifty(lab);
  // The workers left a table with many dead rows, and operations of another kind: the other figures expect it as it was filled.
  await lab.drop('large');
  return {
    title: 'Cost of monitoring for the workers and the server',
    claims: [...claimsOf(ratios), ...fifty.claims],
    details: {
      workers: workerCount,
      windowSeconds,
      batchesASecond: Object.fromEntries([...rates].map(([name, numbers]) => [name, samplesOf(numbers)])),
      ratios: Object.fromEntries(
        [...ratios].map(([name, numbers]) => [
          name,
          { median: rounded(median(numbers)), quartiles: [0.25, 0.75].map((part) => rounded(quantile(numbers, part))) },
        ]),
      ),
      monitors: fifty.details,
    },
  };
}

function claimsOf(ratios: ReadonlyMap<string, readonly number[]>): Claim[] {
  return [...ratios].flatMap(([name, numbers]) => {
    const what = `batches per second with ${name === 'migtop' ? 'one monitor' : name} against none`;
    return [
      name === 'migtop' ? atLeast(0.95, what, median(numbers), 'times') : comparison(what, median(numbers), 'times'),
      comparison(`${what}, lower quartile`, quantile(numbers, 0.25), 'times'),
      comparison(`${what}, upper quartile`, quantile(numbers, 0.75), 'times'),
    ];
  });
}

async function startWatchers(lab: Lab, database: string): Promise<Watcher[]> {
  const { server, peers } = lab;
  const migtop = await startProgram(lab, 'migtop', lab.monitor(database), wholeTotals);
  const wakeAndCatchUp = async (): Promise<void> => {
    await migtop.wake();
    await caughtUp(lab);
  };
  const watchers: Watcher[] = [{ ...migtop, wake: wakeAndCatchUp }];
  if (peers.pgActivity !== null)
    // No worker is active yet, so it has no session to show.
    watchers.push(await startProgram(lab, 'pg_activity', pgActivityCommand(server, database), sessionList));
  let naive: Awaited<ReturnType<typeof startNaive>> | undefined;
  const stop = async (): Promise<void> => {
    await naive?.stop();
    naive = undefined;
  };
  watchers.push({
    name: 'the naive queries',
    async wake() {
      naive = await startNaive(server.url(database, 'naive'));
    },
    rest: stop,
    end: stop,
  });
  return watchers;
}

/** Resolves when the sessions of the monitor do nothing but poll a table that does not change. */
async function caughtUp(lab: Lab): Promise<void> {
  const client = await lab.connect('postgres');
  const cpu = async (): Promise<number> => {
    const { rows } = await client.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'migtop%'`,
    );
    return sum(rows.map(({ pid }) => backendCpuSeconds(pid)).filter((seconds) => !Number.isNaN(seconds)));
  };
  let before = await cpu();
  for (let second = 0, idle = 0; second < longestCatchUpSeconds && idle < 2; second++) {
    await rest(lab, 1);
    const after = await cpu();
    idle = Math.abs(after - before) <= idleShare ? idle + 1 : 0;
    before = after;
  }
  await client.end();
}

/** The program is stopped between its windows: starting it each time would cost more than its polls. */
async function startProgram(lab: Lab, name: string, command: Command, shown: RegExp): Promise<Watcher> {
  const recording = record(command);
  await recording.waitFor(shown, firstCountMs);
  await rest(lab, settleSeconds);
  recording.signal('SIGSTOP');
  return {
    name,
    async wake() {
      recording.signal('SIGCONT');
      await sleep(wakeMs);
    },
    async rest() {
      recording.signal('SIGSTOP');
    },
    end: () => recording.kill(),
  };
}
