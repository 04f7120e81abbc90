import { fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { atMost, comparison } from '../claims.ts';
import { type Lab, rest } from '../lab.ts';
import { pgActivityCommand } from '../peers.ts';
import { treeMemory } from '../processes.ts';
import { type Command, type Recording, record } from '../recording.ts';
import type { FigureResult } from '../results.ts';
import { pollNow, runningSession, runningWorker } from '../screens.ts';
import type { MemorySample } from '../soak.ts';
import { median, rounded } from '../statistics.ts';
import { startWorkload } from '../workload.ts';

const rowsASecond = 50;
const settleSeconds = 5;
const pressEveryMs = 15;

/** Figure 6: the program's memory, its growth with the polls and with the table, and pg_activity's memory. */
export async function measureMemory(lab: Lab): Promise<FigureResult> {
  const { server, peers } = lab;
  const small = await lab.database('small');
  const large = await lab.database('large');
  const near = await memoryOf(lab, small, lab.monitor(small), runningWorker, 'the monitor on the small table');
  const far = await memoryOf(lab, large, lab.monitor(large), runningWorker, 'the monitor on the large table');
  const peer =
    peers.pgActivity === null
      ? null
      : await memoryOf(lab, small, pgActivityCommand(server, small), runningSession, 'pg_activity');
  const polls = lab.options.polls * 10;
  const library = await soak(lab, small, polls);
  // The table has grown: what a process keeps that begins now is not due to the polls.
  const later = await soak(lab, small, Math.max(10, polls / 20));
  const grown = await memoryOf(
    lab,
    small,
    lab.monitor(small),
    runningWorker,
    'the monitor on the table that has grown',
  );
  const driven = await pollContinuously(lab, small);

  return {
    title: 'Memory',
    claims: [
      atMost(
        1.1,
        `heap of the library after ${polls} polls, against one that begins then`,
        heapOf(library) / heapOf(later),
        'times',
      ),
      atMost(
        1.1,
        `RSS of the library after ${polls} polls, against one that begins then`,
        rssOf(library) / rssOf(later),
        'times',
      ),
      atMost(
        1.1,
        `growth while polling continuously, ${driven.transactions} queries, RSS`,
        growth(driven.rss),
        'times',
      ),
      atMost(1.15, 'RSS, large table against small', far.rss / near.rss, 'times'),
      atMost(3.5, `RSS against pg_activity's`, near.rss / (peer?.rss ?? Number.NaN), 'times'),
      comparison('RSS, small table', near.rss, 'MB'),
      comparison('RSS, large table', far.rss, 'MB'),
      comparison('RSS, the small table after the polls have added operations', grown.rss, 'MB'),
      comparison(
        `growth of the library's heap over ${polls} polls, with the table`,
        growth(library.map(({ heap }) => heap)),
        'times',
      ),
      ...(peer === null ? [] : [comparison('RSS, pg_activity', peer.rss, 'MB')]),
    ],
    details: {
      library: library
        .filter((_, index) => index % 10 === 9)
        .map(({ polls, rss, heap }) => ({ polls, rss: rounded(rss), heap: rounded(heap) })),
      later: later.slice(-1),
      program: { small: near, large: far, grown },
      pgActivity: peer,
      driven: { transactions: driven.transactions, rss: driven.rss.map(rounded) },
    },
  };
}

/** The median of the last fifth. */
const lastFifth = (numbers: readonly number[]): number =>
  median(numbers.slice(-Math.max(1, Math.floor(numbers.length / 5))));
const heapOf = (samples: readonly MemorySample[]): number => lastFifth(samples.map(({ heap }) => heap));
const rssOf = (samples: readonly MemorySample[]): number => lastFifth(samples.map(({ rss }) => rss));

/** The median of the last fifth divided by that of the second one. In the first, buffers and compiled code still grow. */
function growth(numbers: readonly number[]): number {
  const fifth = Math.max(1, Math.floor(numbers.length / 5));
  return lastFifth(numbers) / median(numbers.slice(fifth, 2 * fifth));
}

/** Polls as fast as possible in a separate process (soak.ts), and returns its memory samples. */
async function soak(lab: Lab, database: string, polls: number): Promise<MemorySample[]> {
  const child = fork(
    fileURLToPath(new URL('../soak.ts', import.meta.url)),
    [lab.server.url(database, 'soak'), String(polls)],
    { execArgv: ['--expose-gc'] },
  );
  const all: MemorySample[] = [];
  child.on('message', (message) => {
    const one = message as MemorySample;
    all.push(one);
    lab.progress.step('polls of the library', one.polls, polls);
  });
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`The polling process (bench/soak.ts) ended with exit code ${code}.`);
  return all;
}

async function memoryOf(lab: Lab, database: string, command: Command, shown: RegExp, name: string) {
  lab.progress.step(name);
  await using _workload = await startWorkload(lab, database, { rowsASecond, seed: 6 });
  await using recording = record(command);
  await recording.waitFor(shown);
  await rest(lab, settleSeconds);
  const samples = await watchMemory(recording, lab.options.window, async () => {});
  return {
    rss: median(samples.map(({ rss }) => rss)),
    pss: rounded(median(samples.map(({ pss }) => pss))),
    samples: samples.length,
  };
}

/** Runs the monitor with the key for a poll held down, and returns its memory and the number of transactions. */
async function pollContinuously(lab: Lab, database: string): Promise<{ rss: number[]; transactions: number }> {
  lab.progress.step('the monitor, polling continuously');
  const client = await lab.connect(database);
  const committed = async (): Promise<number> =>
    (
      await client.query<{ count: number }>(
        `SELECT xact_commit::int AS count FROM pg_stat_database WHERE datname = current_database()`,
      )
    ).rows[0]?.count ?? Number.NaN;
  await using recording = record(lab.monitor(database));
  await recording.waitFor(runningWorker);
  await rest(lab, settleSeconds);
  const before = await committed();
  const samples = await watchMemory(recording, lab.options.window * 6, async () => {
    recording.press(pollNow);
    await sleep(pressEveryMs);
  });
  // The server's statistics are a second late.
  await sleep(1500);
  const transactions = (await committed()) - before;
  await client.end();
  return { rss: samples.map(({ rss }) => rss), transactions };
}

/** Samples the memory at regular intervals, and calls `work` between the samples. */
async function watchMemory(recording: Recording, seconds: number, work: () => Promise<void>) {
  const samples: ReturnType<typeof treeMemory>[] = [];
  const count = Math.max(5, Math.min(30, Math.round(seconds * 3)));
  const everyMs = (seconds * 1000) / count;
  for (let nextMs = recording.nowMs() + everyMs; samples.length < count; ) {
    await work();
    if (recording.nowMs() < nextMs) {
      await sleep(Math.min(50, Math.max(0, nextMs - recording.nowMs())));
      continue;
    }
    samples.push(treeMemory(recording.pid));
    nextMs += everyMs;
  }
  return samples;
}
