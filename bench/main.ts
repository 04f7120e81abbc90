import { builtProgram } from '../test/support/program.ts';
import { measureActing } from './figures/acting.ts';
import { measureBytes } from './figures/bytes.ts';
import { measureKeys } from './figures/cpu-and-keys.ts';
import { measureFirstFrame } from './figures/first-frame.ts';
import { measureIndexes } from './figures/indexes.ts';
import { measureMemory } from './figures/memory.ts';
import { measurePoll } from './figures/poll.ts';
import { measureStatus } from './figures/status.ts';
import { measureTotals } from './figures/totals.ts';
import { measureWatching } from './figures/watching.ts';
import { measureWorkers } from './figures/workers.ts';
import type { FigureName } from './figures.ts';
import { createLab, type Lab } from './lab.ts';
import { describeMachine } from './machine.ts';
import { type BenchOptions, help, parseOptions, UsageError } from './options.ts';
import { findPeers, type Peers } from './peers.ts';
import { createProgress } from './progress.ts';
import { type FigureResult, type Result, reportOf, writeResult } from './results.ts';
import { type BenchServer, isEnding, startServer } from './server.ts';
import { dropCopies } from './tables.ts';

const figures: Readonly<Record<FigureName, (lab: Lab) => Promise<FigureResult>>> = {
  1: measurePoll,
  2: measureTotals,
  3: measureBytes,
  4: measureKeys,
  5: measureFirstFrame,
  6: measureMemory,
  7: measureWorkers,
  8: measureActing,
  9: measureWatching,
  10: measureStatus,
  indexes: measureIndexes,
};

/** Resolves to the exit code: 0, or 2 for invalid arguments. A missed target does not change it. */
export async function main(args: readonly string[]): Promise<number> {
  let options: BenchOptions | null;
  try {
    options = parseOptions(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`bench: ${error.message} See --help.\n`);
    return 2;
  }
  if (options === null) {
    process.stdout.write(`${help}\n`);
    return 0;
  }
  let results: Result[];
  try {
    results = await measure(options);
  } catch (error) {
    // A signal has stopped the server and will end the process.
    if (isEnding()) return new Promise<never>(() => {});
    throw error;
  }
  process.stdout.write(`${reportOf(results)}\n\nresults written to ${options.out}\n`);
  return 0;
}

async function measure(options: BenchOptions): Promise<Result[]> {
  const progress = createProgress(process.stderr);
  progress.begin('building the program, starting the server');
  const peers = findPeers();
  if (peers.pgActivity === null) progress.note('pg_activity is not installed: its measurements are skipped');
  if (peers.psql === null) progress.note('psql is not installed: its measurements are skipped');
  const launcher = await builtProgram();
  const server = await startServer(options.data);
  // An interrupted run leaves its copies.
  await dropCopies(server);
  const lab = createLab({ options, server, progress, peers, launcher });
  const results: Result[] = [];
  try {
    for (const [index, figure] of options.only.entries()) {
      progress.begin(`figure ${figure} (${index + 1} of ${options.only.length})`);
      const startedMs = performance.now();
      const measured = await figures[figure](lab);
      const seconds = Math.round((performance.now() - startedMs) / 1000);
      const result = { figure, ...measured, setting: settingOf(options, server, peers, seconds) };
      await writeResult(options.out, result);
      results.push(result);
    }
  } finally {
    progress.end();
    await lab.close();
    await server.stop();
  }
  return results;
}

function settingOf(options: BenchOptions, server: BenchServer, peers: Peers, seconds: number): Result['setting'] {
  return {
    measuredAt: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    postgresql: server.version,
    settings: server.settings,
    peers: { pg_activity: peers.pgActivity, psql: peers.psql },
    rows: { small: options.smallRows, large: options.rows, pending: options.pending },
    seconds,
  };
}
