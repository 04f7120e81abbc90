import { setTimeout as sleep } from 'node:timers/promises';
import { startChurn } from '../churn.ts';
import { atMost, type Claim, comparison } from '../claims.ts';
import type { Lab } from '../lab.ts';
import { backendClock } from '../processes.ts';
import { median, samplesOf, sum } from '../statistics.ts';
import { openSubject, type Subject } from '../subject.ts';
import { watchWire } from '../wire.ts';

const monitorCount = 50;
const rowsASecond = 200;
const application = 'monitor';

/** The server's CPU time per poll: with one monitor, and with fifty that poll each second at different times. */
export async function measureFifty(lab: Lab): Promise<{ claims: Claim[]; details: unknown }> {
  const database = await lab.database('large');
  const wire = watchWire(application);
  const cpuSeconds = backendClock(wire.backends);
  // Fewer in a smoke run.
  const monitors = Math.min(monitorCount, lab.options.samples * 4);
  const windows = Math.min(3, lab.options.samples);
  const subjects: Subject[] = [];
  for (let monitor = 0; monitor < monitors; monitor++) {
    lab.progress.step('monitors', monitor, monitors);
    subjects.push(await openSubject(lab.server.url(database, application)));
  }
  const stopping = new AbortController();
  const churning = churn(lab, database, stopping.signal);
  const cpuMs = { one: [] as number[], fifty: [] as number[] };
  /** Fewer than there are monitors if they keep the machine busy: then each poll reads the changes of a longer time. */
  const pollsASecond = { one: [] as number[], fifty: [] as number[] };
  for (let window = 0; window < windows; window++) {
    for (const [name, polling] of [
      ['one', subjects.slice(0, 1)],
      ['fifty', subjects],
    ] as const) {
      lab.progress.step(`${polling.length} monitors polling`, window, windows);
      // The changes of the time when they rested are not measured.
      for (const subject of polling) await subject.poll();
      const before = cpuSeconds();
      const polls = await pollEachSecond(polling, lab.options.window);
      cpuMs[name].push(((cpuSeconds() - before) * 1000) / polls);
      pollsASecond[name].push(polls / lab.options.window);
    }
  }
  stopping.abort();
  await churning;
  await Promise.all(subjects.map((subject) => subject.close()));
  wire.forget();
  return {
    claims: [
      atMost(
        1.1,
        "server CPU of a poll, fifty monitors' against one's",
        median(cpuMs.fifty) / median(cpuMs.one),
        'times',
      ),
      comparison('server CPU of a poll, one of fifty', median(cpuMs.fifty), 'ms'),
      comparison('polls of fifty monitors in a second', median(pollsASecond.fifty), ''),
    ],
    details: {
      serverCpuMsAPoll: { one: samplesOf(cpuMs.one), fifty: samplesOf(cpuMs.fifty) },
      pollsASecond: { one: samplesOf(pollsASecond.one), fifty: samplesOf(pollsASecond.fifty) },
    },
  };
}

/** @returns how many polls there were */
async function pollEachSecond(subjects: readonly Subject[], seconds: number): Promise<number> {
  const startedMs = performance.now();
  const passed = (): number => (performance.now() - startedMs) / 1000;
  const counts = await Promise.all(
    subjects.map(async (subject, index) => {
      let polls = 0;
      // Spread over the second. If a poll takes longer than a second, the next slot is skipped.
      for (let slot = index / subjects.length; slot < seconds; slot += Math.max(1, Math.ceil(passed() - slot))) {
        await sleep(Math.max(0, (slot - passed()) * 1000));
        await subject.poll();
        polls++;
      }
      return polls;
    }),
  );
  return sum(counts);
}

async function churn(lab: Lab, database: string, signal: AbortSignal): Promise<void> {
  const client = await lab.connect(database);
  const working = await startChurn(client, 7);
  while (!signal.aborted) {
    await working.work(rowsASecond / 4);
    await sleep(250, undefined, { signal }).catch(() => {});
  }
  await client.end();
}
