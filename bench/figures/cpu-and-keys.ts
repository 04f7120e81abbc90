import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../../source/demo/random.ts';
import { atMost, type Claim, comparison } from '../claims.ts';
import { weighFrames } from '../frames.ts';
import { type Lab, rest, rounds, type TableKind } from '../lab.ts';
import { pgActivityCommand } from '../peers.ts';
import { treeCpuSeconds } from '../processes.ts';
import { type Recording, record } from '../recording.ts';
import type { FigureResult } from '../results.ts';
import { firstCountMs, runningSession, runningWorker, wholeTotals } from '../screens.ts';
import { median, quantile, samplesOf } from '../statistics.ts';
import { startWorkload } from '../workload.ts';

const rowsASecond = 50;
const cpuRounds = 3;
const keysInARow = 12;
const settleSeconds = 3;

/** Minimum and maximum time between two keys. It is random, so that keys fall at all times between two refreshes. */
const gapMs = [200, 420] as const;

/** Maximum time between two chunks of one frame. */
const frameGapMs = 30;

interface Side {
  readonly name: string;
  readonly recording: Recording;
  readonly cpuMs: number[];
  /** From a key to the last byte of the next frame. */
  readonly keyMs: number[];
  /** From a key to the first byte of the next frame. */
  readonly firstMs: number[];
}

/** Figure 4: the CPU time of a refresh, and the time from a key to the screen. */
export async function measureKeys(lab: Lab): Promise<FigureResult> {
  const sides: Side[] = [];
  const workloads = await Promise.all(
    (['small', 'large'] as const).map(async (kind) =>
      startWorkload(lab, await lab.database(kind), { rowsASecond, seed: 4 }),
    ),
  );
  try {
    for (const kind of ['small', 'large'] as const) sides.push(await startMonitor(lab, kind));
    if (lab.peers.pgActivity !== null) {
      const recording = record(pgActivityCommand(lab.server, await lab.database('small')));
      await recording.waitFor(runningSession);
      await rest(lab, settleSeconds);
      sides.push({ name: 'pg_activity', recording, cpuMs: [], keyMs: [], firstMs: [] });
    }
    // Only one runs at a time: on few cores they would disturb each other.
    for (const { recording } of sides) recording.signal('SIGSTOP');
    await measureCpu(lab, sides);
    await measureLatency(lab, sides);
  } finally {
    await Promise.all(sides.map(({ recording }) => recording.kill()));
    await Promise.all(workloads.map((workload) => workload.stop()));
  }
  return {
    title: 'CPU of a refresh, and time from a key to the screen',
    claims: claimsOf(sides),
    details: Object.fromEntries(
      sides.map(({ name, cpuMs, keyMs, firstMs }) => [
        name,
        {
          cpuMsARefresh: samplesOf(cpuMs),
          keyToFirstByteMs: samplesOf(firstMs),
          keyToLastByteMs: samplesOf(keyMs),
        },
      ]),
    ),
  };
}

async function startMonitor(lab: Lab, kind: TableKind): Promise<Side> {
  lab.progress.step(`the monitor on the ${kind} table`);
  const recording = record(lab.monitor(await lab.database(kind)));
  await recording.waitFor(runningWorker);
  // The first count is not measured: it ends after about a minute.
  await recording.waitFor(wholeTotals, firstCountMs);
  await rest(lab, settleSeconds);
  return { name: `migtop, ${kind} table`, recording, cpuMs: [], keyMs: [], firstMs: [] };
}

async function measureCpu(lab: Lab, sides: readonly Side[]): Promise<void> {
  const { options, progress } = lab;
  await rounds(Math.min(cpuRounds, options.samples), Number.POSITIVE_INFINITY, async (round) => {
    for (const side of sides) {
      progress.step('CPU of each program', round, cpuRounds);
      await whileRunning(lab, side, async () => {
        const fromMs = side.recording.nowMs();
        const before = treeCpuSeconds(side.recording.pid);
        await sleep(options.window * 1000);
        const cpuMs = (treeCpuSeconds(side.recording.pid) - before) * 1000;
        side.cpuMs.push(cpuMs / (await refreshes(side, fromMs, options.window)));
      });
    }
  });
}

/** How many refreshes there were. The monitor refreshes each second; pg_activity less often, and writes one frame for each. */
async function refreshes({ name, recording }: Side, fromMs: number, seconds: number): Promise<number> {
  if (name !== 'pg_activity') return seconds;
  return (
    await weighFrames(
      recording.chunks.filter(({ atMs }) => atMs >= fromMs),
      fromMs,
    )
  ).length;
}

async function measureLatency(lab: Lab, sides: readonly Side[]): Promise<void> {
  const { options, progress } = lab;
  const random = createRandom(4);
  const keys = Math.min(keysInARow, options.samples);
  const blocks = Math.ceil(options.samples / keys);
  for (let block = 0; block < blocks; block++) {
    for (const side of sides) {
      progress.step('keys in each program', block, blocks);
      await whileRunning(lab, side, async () => {
        for (let key = 0; key < keys; key++) {
          const pressedMs = side.recording.nowMs();
          // Down and up in turn: a key at an end of the list changes nothing, and the next refresh would count as its frame.
          side.recording.press(key % 2 === 0 ? 'j' : 'k');
          const gap = gapMs[0] + random() * (gapMs[1] - gapMs[0]);
          await sleep(gap);
          const frame = response(side.recording, pressedMs);
          if (frame === null) continue;
          side.firstMs.push(frame.firstMs - pressedMs);
          side.keyMs.push(frame.lastMs - pressedMs);
        }
      });
    }
  }
}

/** When the first and the last byte of the frame after a key arrived; null if there was none. */
function response({ chunks }: Recording, pressedMs: number): { firstMs: number; lastMs: number } | null {
  const [first, ...more] = chunks.slice(chunks.findLastIndex(({ atMs }) => atMs < pressedMs) + 1);
  if (first === undefined) return null;
  let lastMs = first.atMs;
  for (const { atMs } of more) {
    if (atMs - lastMs > frameGapMs) break;
    lastMs = atMs;
  }
  return { firstMs: first.atMs, lastMs };
}

/** After a stop the monitor reads what changed meanwhile, and makes the routine checks that are due: this is not measured. */
const caughtUpSeconds = 6;

/** Continues a stopped program while something is measured. */
async function whileRunning(lab: Lab, { recording }: Side, measure: () => Promise<void>): Promise<void> {
  recording.signal('SIGCONT');
  await rest(lab, caughtUpSeconds);
  await measure();
  recording.signal('SIGSTOP');
}

function claimsOf(sides: readonly Side[]): Claim[] {
  const monitors = sides.filter(({ name }) => name !== 'pg_activity');
  const peer = sides.find(({ name }) => name === 'pg_activity');
  return [
    ...monitors.map(({ name, cpuMs }) =>
      atMost(
        0.35,
        `CPU of a refresh against pg_activity's, ${name}`,
        median(cpuMs) / median(peer?.cpuMs ?? []),
        'times',
      ),
    ),
    ...monitors.flatMap(({ name, keyMs }) => [
      atMost(16, `key to screen, median, ${name}`, median(keyMs), 'ms'),
      atMost(33, `key to screen, p90, ${name}`, quantile(keyMs, 0.9), 'ms'),
    ]),
    ...sides.map(({ name, cpuMs }) => comparison(`CPU of a refresh, ${name}`, median(cpuMs), 'ms')),
    ...(peer === undefined
      ? []
      : [
          comparison('key to screen, median, pg_activity', median(peer.keyMs), 'ms'),
          comparison('key to screen, p90, pg_activity', quantile(peer.keyMs, 0.9), 'ms'),
        ]),
  ];
}
