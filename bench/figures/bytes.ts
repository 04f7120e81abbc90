import { setTimeout as sleep } from 'node:timers/promises';
import { atMost, type Claim, comparison, none } from '../claims.ts';
import { type WeighedFrame, weighFrames } from '../frames.ts';
import { type Lab, rest } from '../lab.ts';
import { pgActivityCommand, psqlWatchCommand } from '../peers.ts';
import { type Command, type Recording, record } from '../recording.ts';
import type { FigureResult } from '../results.ts';
import { freeze, runningSession, runningWorker, views, watched } from '../screens.ts';
import { rounded, samplesOf, sum } from '../statistics.ts';
import { startWorkload } from '../workload.ts';

const rowsASecond = 50;
const settleSeconds = 2;

/** Frames by the name of the view or program. */
type Weighed = Map<string, WeighedFrame[]>;

/** Figure 3: the bytes of a refresh in each view, compared with the minimum for the same change. */
export async function measureBytes(lab: Lab): Promise<FigureResult> {
  const { server, peers, progress, options } = lab;
  const database = await lab.database('small');
  const weighed: Weighed = new Map();
  let still: readonly WeighedFrame[] = [];
  {
    await using recording = record(lab.monitor(database));
    const spans: [string, number, number][] = [];
    {
      await using _workload = await startWorkload(lab, database, { rowsASecond, seed: 3 });
      await recording.waitFor(runningWorker);
      for (const [key, name] of views) {
        progress.step(`the ${name} view`);
        spans.push([name, ...(await watch(lab, recording, key))]);
      }
    }
    progress.step('the frozen display');
    const [fromMs, untilMs] = await watch(lab, recording, `1${freeze}`);
    const frames = await weighFrames(recording.chunks, spans[0]?.[1] ?? 0);
    for (const [name, from, until] of spans) weighed.set(name, within(frames, from, until));
    still = within(frames, fromMs, untilMs);
  }
  const others: Weighed = new Map();
  const watchOther = async (name: string, command: Command, shown: RegExp): Promise<void> => {
    progress.step(name);
    await using _workload = await startWorkload(lab, database, { rowsASecond, seed: 3 });
    await using recording = record(command);
    await recording.waitFor(shown);
    await rest(lab, settleSeconds);
    const fromMs = recording.nowMs();
    await sleep(options.window * 1000);
    others.set(name, await weighFrames(recording.chunks, fromMs));
  };
  if (peers.pgActivity !== null) await watchOther('pg_activity', pgActivityCommand(server, database), runningSession);
  if (peers.psql !== null) await watchOther('psql \\watch', psqlWatchCommand(server, database), watched);

  return {
    title: 'Bytes of a refresh',
    claims: claimsOf(weighed, still, others),
    details: {
      terminal: '120x40',
      changedRowsASecond: rowsASecond,
      views: Object.fromEntries([...weighed].map(([name, frames]) => [name, written(frames)])),
      frozen: written(still),
      others: Object.fromEntries([...others].map(([name, frames]) => [name, written(frames)])),
    },
  };
}

/** Presses keys, waits until the screen has settled, and watches. Resolves to the start and the end of that time. */
async function watch(lab: Lab, recording: Recording, keys: string): Promise<[number, number]> {
  for (const key of keys) {
    recording.press(key);
    await rest(lab, settleSeconds / 2);
  }
  const fromMs = recording.nowMs();
  await sleep(lab.options.window * 1000);
  return [fromMs, recording.nowMs()];
}

function claimsOf(weighed: Weighed, still: readonly WeighedFrame[], others: Weighed): Claim[] {
  const all = [...weighed.values(), still].flat();
  const idle = all.filter(({ fewest, written: bytes }) => fewest === 0 && bytes > 0);
  return [
    ...[...weighed].map(([name, frames]) =>
      atMost(1.1, `bytes against the minimum, ${name}`, ratioOf(frames), 'times'),
    ),
    none('frames written although nothing changed', idle.length),
    comparison(
      'bytes of a refresh, Overview',
      samplesOf(bytesOf(weighed.get('Overview') ?? [])).median ?? Number.NaN,
      'B',
    ),
    ...[...others].flatMap(([name, frames]) => [
      comparison(`bytes of a refresh, ${name}`, samplesOf(bytesOf(frames)).median ?? Number.NaN, 'B'),
      comparison(`bytes against the minimum, ${name}`, ratioOf(frames), 'times'),
    ]),
  ];
}

/** Bytes written divided by the minimum; 1 if both are 0. */
function ratioOf(frames: readonly WeighedFrame[]): number {
  const fewest = sum(frames.map((frame) => frame.fewest));
  const bytes = sum(bytesOf(frames));
  return fewest === 0 && bytes === 0 ? 1 : bytes / fewest;
}

function bytesOf(frames: readonly WeighedFrame[]): number[] {
  return frames.map((frame) => frame.written);
}

function within(frames: readonly WeighedFrame[], fromMs: number, untilMs: number): WeighedFrame[] {
  return frames.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs);
}

function written(frames: readonly WeighedFrame[]) {
  return {
    bytes: samplesOf(bytesOf(frames)),
    fewestBytes: samplesOf(frames.map(({ fewest }) => fewest)),
    ratio: rounded(ratioOf(frames)),
  };
}
