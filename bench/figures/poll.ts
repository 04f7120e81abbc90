import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { type Churn, startChurn } from '../churn.ts';
import { atLeast, atMost, type Claim, comparison } from '../claims.ts';
import { type Lab, rounds, type TableKind } from '../lab.ts';
import { naiveFile } from '../peers.ts';
import { backendClock, treeCpuSeconds } from '../processes.ts';
import type { FigureResult } from '../results.ts';
import { median, samplesOf } from '../statistics.ts';
import { openSubject, type Subject } from '../subject.ts';
import { buffersTouched, type Wire, watchWire } from '../wire.ts';

const changedRows = 200;
const budgetSeconds = 150;
/** Size of an answer without changed rows, in bytes; the target per row excludes it. */
const headBytes = 2000;
const naiveRuns = 3;

/** Figure 1: the cost of a poll on the large table, compared with the small table and with the naive queries. */
export async function measurePoll(lab: Lab): Promise<FigureResult> {
  const [near, far, pending] = await comparePolls(lab);
  await lab.drop('pending');
  const naive = await measureNaive(lab);
  const claims: Claim[] = [
    ...claimsOf(near, far, ''),
    atLeast(
      1000,
      'server CPU of the naive queries against a poll',
      median(naive.large.cpuMs) / median(far.cpuMs),
      'times',
    ),
    ...claimsOf(near, pending, `, ${lab.options.pending.toLocaleString('en')} pending`),
    comparison('naive queries, large table', median(naive.large.ms), 'ms'),
    comparison('naive queries, small table', median(naive.small.ms), 'ms'),
  ];
  return {
    title: 'A poll of the large table',
    claims,
    details: {
      poll: { small: written(near), large: written(far), pending: written(pending) },
      naive: {
        small: { ms: samplesOf(naive.small.ms), serverCpuMs: samplesOf(naive.small.cpuMs) },
        large: { ms: samplesOf(naive.large.ms), serverCpuMs: samplesOf(naive.large.cpuMs) },
      },
    },
  };
}

interface Side {
  readonly subject: Subject;
  readonly wire: Wire;
  readonly churn: Churn;
  readonly explaining: pg.Client;
  readonly ms: number[];
  readonly cpuMs: number[];
  readonly buffers: number[];
  readonly bytes: number[];
  readonly changed: number[];
  /** Whether the poll uses parallel workers: then its backend's CPU time is not all. */
  isParallel: boolean;
  /** The CPU time of its backends until now. */
  readonly backendSeconds: () => number;
}

/** Polls each of the three tables once per second, because a poll reads the changes since the previous one. */
async function comparePolls(lab: Lab): Promise<[Side, Side, Side]> {
  const { options, progress } = lab;
  const sides: [Side, Side, Side] = [
    await openSide(lab, 'small'),
    await openSide(lab, 'large'),
    await openSide(lab, 'pending'),
  ];
  const everyMs = Math.min(1, options.window) * 1000;
  let nextMs = performance.now();
  const pollAll = async (first: number, explains: boolean): Promise<void> => {
    for (const side of sides) side.changed.push(await side.churn.work(changedRows));
    await sleep(Math.max(0, nextMs - performance.now()));
    nextMs = Math.max(nextMs, performance.now()) + everyMs;
    // Each table is first, second and third equally often.
    for (const offset of sides.keys()) await pollOnce(lab, sides[(first + offset) % sides.length] as Side, explains);
  };
  for (let warmUp = 0; warmUp < 3; warmUp++) await pollAll(0, true);
  for (const side of sides)
    for (const numbers of [side.ms, side.cpuMs, side.buffers, side.bytes, side.changed]) numbers.length = 0;
  await rounds(options.samples, budgetSeconds, async (round) => {
    progress.step('polls of the small, the large and the pending table', round, options.samples);
    await pollAll(round, round % 5 === 0);
  });
  for (const { subject, wire } of sides) {
    await subject.close();
    wire.forget();
  }
  return sides;
}

async function openSide(lab: Lab, kind: TableKind): Promise<Side> {
  const database = await lab.database(kind);
  const application = `poll_${kind}`;
  const wire = watchWire(application);
  const churn = await startChurn(await lab.connect(database), 1);
  const subject = await openSubject(lab.server.url(database, application));
  lab.progress.step(`the first count of the ${kind} table`);
  await subject.settle();
  const explaining = await lab.connect(database);
  const empty = () => ({ ms: [], cpuMs: [], buffers: [], bytes: [], changed: [] });
  return {
    subject,
    wire,
    churn,
    explaining,
    ...empty(),
    isParallel: false,
    backendSeconds: backendClock(wire.backends),
  };
}

async function pollOnce(lab: Lab, side: Side, explains: boolean): Promise<void> {
  const { subject, wire } = side;
  const cpu = (): number => (side.isParallel ? treeCpuSeconds(lab.server.pid) : side.backendSeconds());
  wire.takeStatements();
  const bytesBefore = wire.bytesRead();
  const cpuBefore = cpu();
  const startedMs = performance.now();
  await subject.poll();
  side.ms.push(performance.now() - startedMs);
  side.cpuMs.push((cpu() - cpuBefore) * 1000);
  side.bytes.push(wire.bytesRead() - bytesBefore);
  if (!explains) return;
  const touched = await buffersTouched(side.explaining, wire.takeStatements());
  side.buffers.push(touched.buffers);
  side.isParallel = touched.isParallel;
}

async function measureNaive(lab: Lab) {
  const text = await readFile(naiveFile, 'utf8');
  const side = async (kind: TableKind) => ({
    client: await lab.connect(await lab.database(kind), 'naive'),
    ms: [] as number[],
    cpuMs: [] as number[],
  });
  const sides = { small: await side('small'), large: await side('large') };
  const runs = Math.min(naiveRuns, lab.options.samples);
  await rounds(runs, budgetSeconds, async (round) => {
    for (const [kind, { client, ms, cpuMs }] of Object.entries(sides)) {
      lab.progress.step(`the naive queries on the ${kind} table`, round, runs);
      // Ten times on the small table: one run is shorter than a tick of the CPU clock.
      const times = kind === 'small' ? 10 : 1;
      const cpuBefore = treeCpuSeconds(lab.server.pid);
      const startedMs = performance.now();
      for (let time = 0; time < times; time++) await client.query(text);
      ms.push((performance.now() - startedMs) / times);
      cpuMs.push(((treeCpuSeconds(lab.server.pid) - cpuBefore) * 1000) / times);
    }
  });
  return sides;
}

function claimsOf(near: Side, far: Side, what: string): Claim[] {
  const perRow = far.bytes.map((bytes, index) => (bytes - headBytes) / (far.changed[index] ?? 1));
  return [
    atMost(1.5, `time of a poll, large against small${what}`, median(far.ms) / median(near.ms), 'times'),
    atMost(1.5, `buffers touched, large against small${what}`, median(far.buffers) / median(near.buffers), 'times'),
    atMost(200, `bytes per changed row, beyond 2 kB${what}`, median(perRow), 'B'),
    comparison(`a poll of the large table${what}`, median(far.ms), 'ms'),
  ];
}

function written(side: Side) {
  return {
    clientMs: samplesOf(side.ms),
    serverCpuMs: samplesOf(side.cpuMs),
    buffers: samplesOf(side.buffers),
    bytes: samplesOf(side.bytes),
    changedRows: samplesOf(side.changed),
    isParallel: side.isParallel,
  };
}
