import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../../source/database/connect.ts';
import { connectionSettings } from '../../source/database/libpq/settings.ts';
import { inspectTarget } from '../../source/database/target.ts';
import { createWatch, type Watch } from '../../source/polling/watch.ts';
import { atMost, comparison } from '../claims.ts';
import type { Lab, TableKind } from '../lab.ts';
import { backendClock } from '../processes.ts';
import type { FigureResult } from '../results.ts';
import { rounded } from '../statistics.ts';
import { watchWire } from '../wire.ts';

const monitorCount = 50;
/** The routine checks of so many seconds are made at once. */
const settledSeconds = 600;
/** Only counts of this age, in seconds, are checked (source/polling/counting-work.ts). */
const checkedAge = 30;
/** The sessions on a database see each other by this name. */
const application = 'migtop';

interface Monitor {
  readonly watch: Watch;
  /** When its next routine check is due, on this program's clock. */
  checkAtMs: number;
  close(): Promise<void>;
}

/**
 * Figure 9: the server's CPU time for watching a table that does not change, in the steady state: all is counted, and routine checks
 * find nothing. Of one monitor on the large table against the small one, and of fifty together beyond their polls.
 */
export async function measureWatching(lab: Lab): Promise<FigureResult> {
  const wire = watchWire(application);
  const cpu = backendClock(wire.backends);
  // Less in a smoke run.
  const seconds = lab.options.window * Math.min(5, lab.options.samples);
  const kept = new Map<string, string>();
  const share = { small: 0, large: 0, polls: 0, fifty: 0 };
  for (const kind of ['small', 'large'] as const) {
    lab.progress.step(`one monitor of the ${kind} table`);
    const monitor = await openMonitor(lab, kind, kept);
    if (kind === 'large') await settle(monitor, Math.min(checkedAge, lab.options.window * 3));
    // The other monitors go on from here: what was likely to be wrong after the first count is counted again.
    await monitor.watch.keep();
    share[kind] = await shareOf([monitor], seconds, cpu);
    await monitor.close();
  }
  // Fewer in a smoke run.
  const count = Math.min(monitorCount, lab.options.samples * 4);
  const monitors: Monitor[] = [];
  for (let number = 0; number < count; number++) {
    lab.progress.step('monitors of the large table', number, count);
    monitors.push(await openMonitor(lab, 'large', kept));
  }
  // Each finds out how many others there are.
  for (const [index, monitor] of monitors.entries()) {
    const done = await monitor.watch.work().catch(() => null);
    // They were opened at different times.
    monitor.checkAtMs = performance.now() + ((done?.restSeconds ?? 0) * 1000 * (index + 1)) / count;
  }
  share.polls = await shareOf(monitors, seconds, cpu, { counts: false });
  share.fifty = await shareOf(monitors, seconds, cpu);
  await Promise.all(monitors.map((monitor) => monitor.close()));
  wire.forget();
  return {
    title: 'Server CPU of watching in the steady state',
    claims: [
      atMost(1.5, 'one monitor after ten minutes, large table against small', share.large / share.small, 'times'),
      atMost(2, 'fifty monitors beyond their polls, of one core', Math.max(0, share.fifty - share.polls) * 100, '%'),
      comparison('one monitor of the large table, of one core', share.large * 100, '%'),
      comparison('one monitor of the small table, of one core', share.small * 100, '%'),
      comparison('polls of fifty monitors, of one core', share.polls * 100, '%'),
    ],
    details: {
      monitors: count,
      seconds,
      cpuShare: Object.fromEntries(Object.entries(share).map(([name, value]) => [name, rounded(value)])),
    },
  };
}

/** Makes the routine checks that a monitor makes in ten minutes, without the rests between them. */
async function settle({ watch }: Monitor, waitSeconds: number): Promise<void> {
  await sleep(waitSeconds * 1000);
  for (let passed = 0; passed < settledSeconds; ) {
    const done = await watch.work();
    if (done === null) return;
    passed += done.restSeconds;
  }
}

/** Opens the watching of a table, with the counts of an earlier monitor, and counts what is not counted. */
async function openMonitor(lab: Lab, kind: TableKind, kept: Map<string, string>): Promise<Monitor> {
  const database = await lab.database(kind);
  const connection = await connect(connectionSettings(lab.server.url(database, application), {}));
  const target = await inspectTarget(connection, 'migration_control');
  const store = {
    load: async (name: string) => kept.get(name) ?? null,
    save: async (name: string, text: string) => void kept.set(name, text),
  };
  const watch = createWatch(connection, () => target, { store, fewestKept: 1 });
  // At full speed if the table is large.
  await watch.count(() => {});
  while ((await watch.work(false)) !== null);
  return { watch, checkAtMs: performance.now(), close: () => connection.close() };
}

/**
 * The share of a core that the server uses for monitors that poll each second, at different times, and count as the monitor
 * does.
 */
async function shareOf(
  monitors: readonly Monitor[],
  seconds: number,
  cpu: () => number,
  { counts = true }: { readonly counts?: boolean } = {},
): Promise<number> {
  const stopping = new AbortController();
  const pause = (ms: number): Promise<void> =>
    sleep(Math.max(0, ms), undefined, { signal: stopping.signal }).catch(() => {});
  const running = monitors.map(async (monitor, index) => {
    const { watch } = monitor;
    await pause((index / monitors.length) * 1000);
    let workAtMs = performance.now();
    while (!stopping.signal.aborted) {
      const startedMs = performance.now();
      const isDue = counts && startedMs >= workAtMs;
      // On a busy machine a poll may take too long, and is then cancelled; the next one goes on.
      const done = await watch
        .poll([])
        .then(() => (isDue ? watch.work(startedMs >= monitor.checkAtMs) : null))
        .catch(() => null);
      // As the monitor rests (source/monitor/counter.ts).
      if (done?.isRoutine === true) monitor.checkAtMs = performance.now() + done.restSeconds * 1000;
      else if (done !== null) workAtMs = performance.now() + done.restSeconds * 1000;
      await pause(1000 - (performance.now() - startedMs));
    }
  });
  const startedMs = performance.now();
  const before = cpu();
  await sleep(seconds * 1000);
  const share = (cpu() - before) / ((performance.now() - startedMs) / 1000);
  stopping.abort();
  await Promise.all(running);
  return share;
}
