import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../../source/demo/random.ts';
import { atMost, beside, type Claim } from '../claims.ts';
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

/** Keys are pressed at gaps from the first to the second, at random, so that they meet the refresh at every phase. */
const gapMs = [200, 420] as const;

/** What comes later after the bytes before is another frame. */
const frameGapMs = 30;

interface Side {
  readonly name: string;
  readonly recording: Recording;
  readonly cpuMs: number[];
  /** From a key to the last byte of the frame that it makes; and to the first. */
  readonly keyMs: number[];
  readonly firstMs: number[];
}

/** Figure 4: the CPU that a refresh takes, and how long it is from a key to the screen. */
export async function measureKeys(lab: Lab): Promise<FigureResult> {
  const sides: Side[] = [];
  const workloads = await Promise.all(
    (['small', 'large'] as const).map(async (kind) =>
      startWorkload(lab.server, await lab.database(kind), { rowsASecond, seed: 4 }),
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
    // One runs at a time: on few cores they would be in each other's way.
    for (const { recording } of sides) recording.signal('SIGSTOP');
    await measureCpu(lab, sides);
    await measureLatency(lab, sides);
  } finally {
    await Promise.all(sides.map(({ recording }) => recording.kill()));
    await Promise.all(workloads.map((workload) => workload.stop()));
  }
  return {
    title: 'CPU of a refresh, and from a key to the screen',
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
  // A refresh is what comes all day; the first count is over in a minute.
  await recording.waitFor(wholeTotals, firstCountMs);
  await rest(lab, settleSeconds);
  return { name: `migtop, ${kind} table`, recording, cpuMs: [], keyMs: [], firstMs: [] };
}

async function measureCpu(lab: Lab, sides: readonly Side[]): Promise<void> {
  const { options, progress } = lab;
  await rounds(Math.min(cpuRounds, options.samples), Number.POSITIVE_INFINITY, async (round) => {
    for (const side of sides) {
      progress.step('CPU of each in turn', round, cpuRounds);
      await awake(lab, side, async () => {
        const fromMs = side.recording.nowMs();
        const before = treeCpuSeconds(side.recording.pid);
        await sleep(options.window * 1000);
        const cpuMs = (treeCpuSeconds(side.recording.pid) - before) * 1000;
        side.cpuMs.push(cpuMs / (await refreshes(side, fromMs, options.window)));
      });
    }
  });
}

/** The monitor polls each second, and may write in between; pg_activity writes once a refresh, and not quite each second. */
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
      progress.step('keys for each in turn', block, blocks);
      await awake(lab, side, async () => {
        for (let key = 0; key < keys; key++) {
          const pressedMs = side.recording.nowMs();
          // Each row downwards is walked up again in the next block.
          side.recording.press(block % 2 === 0 ? 'j' : 'k');
          const gap = gapMs[0] + random() * (gapMs[1] - gapMs[0]);
          await sleep(gap);
          const seen = response(side.recording, pressedMs);
          if (seen === null) continue;
          side.firstMs.push(seen.firstMs - pressedMs);
          side.keyMs.push(seen.lastMs - pressedMs);
        }
      });
    }
  }
}

/** The first and the last byte of the frame that follows a key; null where nothing follows. */
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

/** Lets a stopped program go on while something is measured. */
async function awake(lab: Lab, { recording }: Side, measure: () => Promise<void>): Promise<void> {
  recording.signal('SIGCONT');
  await rest(lab, 1.5);
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
    ...sides.map(({ name, cpuMs }) => beside(`CPU of a refresh, ${name}`, median(cpuMs), 'ms')),
    ...(peer === undefined
      ? []
      : [
          beside('key to screen, median, pg_activity', median(peer.keyMs), 'ms'),
          beside('key to screen, p90, pg_activity', quantile(peer.keyMs, 0.9), 'ms'),
        ]),
  ];
}
