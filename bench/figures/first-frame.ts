import { atMost, comparison } from '../claims.ts';
import type { Lab } from '../lab.ts';
import { pgActivityCommand } from '../peers.ts';
import { type Command, record } from '../recording.ts';
import type { FigureResult } from '../results.ts';
import { runningSession, runningWorker } from '../screens.ts';
import { median, samplesOf } from '../statistics.ts';
import { startWorkload } from '../workload.ts';

const rowsASecond = 50;

interface Side {
  readonly name: string;
  readonly command: Command;
  readonly shown: RegExp;
  readonly ms: number[];
}

/** Figure 5: the time from the start of the program to the first frame with the running workers. */
export async function measureFirstFrame(lab: Lab): Promise<FigureResult> {
  const { server, options, progress } = lab;
  const small = await lab.database('small');
  const large = await lab.database('large');
  const near: Side = { name: 'small table', command: lab.monitor(small), shown: runningWorker, ms: [] };
  const far: Side = { name: 'large table', command: lab.monitor(large), shown: runningWorker, ms: [] };
  const peer: Side = {
    name: 'pg_activity',
    command: pgActivityCommand(server, small),
    shown: runningSession,
    ms: [],
  };
  const sides = lab.peers.pgActivity === null ? [near, far] : [near, far, peer];
  const runs = Math.max(1, Math.ceil(options.samples * 0.12));
  {
    await using _workload = await startWorkload(lab, small, { rowsASecond, seed: 5 });
    // The first run of each is not counted: it fills the file cache and the compile cache, which is written on exit.
    for (let run = -1; run < runs; run++) {
      for (const side of sides) {
        progress.step('first frame of each program', run + 1, runs);
        const ms = await firstFrame(side, run < 0);
        if (run >= 0) side.ms.push(ms);
      }
    }
  }
  const claims = [
    atMost(1.5, `first frame with the workers against pg_activity's`, median(near.ms) / median(peer.ms), 'times'),
    atMost(1.5, 'first frame, large table against small', median(far.ms) / median(near.ms), 'times'),
    ...sides.map(({ name, ms }) => comparison(`first frame, ${name}`, median(ms), 'ms')),
  ];
  return {
    title: 'First frame with the running workers in it',
    claims,
    details: Object.fromEntries(sides.map(({ name, ms }) => [name, { ms: samplesOf(ms) }])),
  };
}

async function firstFrame({ command, shown }: Side, isWarmUp: boolean): Promise<number> {
  await using recording = record(command);
  const ms = await recording.waitFor(shown, 120_000);
  if (isWarmUp) {
    recording.press('q');
    await recording.ended;
  }
  return ms;
}
