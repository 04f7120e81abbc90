import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '../../source/database/connect.ts';
import { connectionSettings } from '../../source/database/libpq/settings.ts';
import { inspectTarget } from '../../source/database/target.ts';
import { createWatch } from '../../source/polling/watch.ts';
import type { Watch } from '../../source/polling/watch-interface.ts';
import { atMost, comparison } from '../claims.ts';
import type { Lab, TableKind } from '../lab.ts';
import { backendClock } from '../processes.ts';
import type { FigureResult } from '../results.ts';
import { rounded } from '../statistics.ts';
import { type Wire, watchWire } from '../wire.ts';

const monitorCount = 50;
/** The routine checks of this many seconds are made at once, without the rests between them; the next ones are measured. */
const settledSeconds = 600;
const measuredChecks = 5;
/** While the monitors are opened, the idle connections of the others are closed: all poll for so long until each has seen the others. */
const acquaintedSeconds = 90;
/** Only counts of this age, in seconds, are checked (source/polling/counting-work.ts). */
const checkedAge = 30;
/** The sessions on a database see each other by this name. */
const application = 'migtop';

interface Monitor {
  readonly watch: Watch;
  /** Polls, and finds out which backend works for it: an idle connection was closed. */
  readonly awake: () => Promise<void>;
  /** The CPU seconds of its connections. */
  readonly cpu: () => number;
  /** When its next count that can wait is due, on this program's clock. */
  readonly dueMs: { check: number; guess: number };
  close(): Promise<void>;
}

/** Shares of a core that the server uses. */
interface Shares {
  readonly polls: number;
  readonly checks: number;
}

/**
 * Figure 9: the server's CPU time for watching a table that does not change, in the steady state: all is counted, and routine checks
 * find nothing. Of one monitor on the large table against the small one, and of fifty together beyond their polls.
 */
export async function measureWatching(lab: Lab): Promise<FigureResult> {
  const wire = watchWire(application);
  // Less in a smoke run.
  const seconds = lab.options.window * Math.min(5, lab.options.samples);
  const kept = new Map<string, string>();
  const one: Record<'small' | 'large', Shares> = {
    small: { polls: 0, checks: 0 },
    large: { polls: 0, checks: 0 },
  };
  for (const kind of ['small', 'large'] as const) {
    lab.progress.step(`one monitor of the ${kind} table`);
    // The connection that counted the table has mapped all of it: on some virtual machines its polls take longer from then on.
    const first = await openMonitor(lab, kind, kept, wire);
    await first.watch.keep();
    await first.close();
    const monitor = await openMonitor(lab, kind, kept, wire);
    const { polls } = await sharesOf([monitor], seconds, { counts: false });
    // It goes on polling: an idle connection is closed, and its CPU time would be lost.
    await sharesOf([monitor], Math.min(checkedAge, lab.options.window * 3), { counts: false });
    one[kind] = { polls, checks: await checksOf(monitor) };
    // The other monitors go on from here: what was likely to be wrong after the first count is counted again.
    await monitor.watch.keep();
    await monitor.close();
  }
  // Fewer in a smoke run.
  const count = Math.min(monitorCount, lab.options.samples * 4);
  const monitors: Monitor[] = [];
  for (let number = 0; number < count; number++) {
    lab.progress.step('monitors of the large table', number, count);
    monitors.push(await openMonitor(lab, 'large', kept, wire));
  }
  await sharesOf(monitors, Math.min(acquaintedSeconds, lab.options.window * 9));
  // They were opened at different times.
  for (const [index, { dueMs }] of monitors.entries())
    for (const kind of ['check', 'guess'] as const) {
      const now = performance.now();
      dueMs[kind] = now + Math.max(0, dueMs[kind] - now) * ((index + 1) / count);
    }
  lab.progress.step(`${count} monitors of the large table watching`);
  // Each checks once in some minutes.
  const fiftySeconds = seconds * 3;
  const fifty = await sharesOf(monitors, fiftySeconds);
  await Promise.all(monitors.map((monitor) => monitor.close()));
  wire.forget();
  const [small, large] = [one.small.polls + one.small.checks, one.large.polls + one.large.checks];
  return {
    title: 'Server CPU of watching in the steady state',
    claims: [
      atMost(1.5, 'one monitor after ten minutes, large table against small', large / small, 'times'),
      atMost(2, 'fifty monitors beyond their polls, of one core', fifty.checks * 100, '%'),
      comparison('one monitor of the large table, of one core', large * 100, '%'),
      comparison('one monitor of the small table, of one core', small * 100, '%'),
      comparison('polls of fifty monitors, of one core', fifty.polls * 100, '%'),
    ],
    details: {
      monitors: count,
      seconds: { one: seconds, fifty: fiftySeconds },
      cpuShare: {
        small: roundedShares(one.small),
        large: roundedShares(one.large),
        fifty: roundedShares(fifty),
      },
    },
  };
}

function roundedShares({ polls, checks }: Shares) {
  return { polls: rounded(polls), checks: rounded(checks) };
}

/**
 * The share of a core for the routine checks after ten minutes. A table with so few id ranges that none is old enough to be checked
 * again is checked as often as that allows.
 */
async function checksOf({ watch, cpu }: Monitor): Promise<number> {
  let passed = 0;
  let last = 0;
  const measured = { cpu: 0, rests: 0 };
  // The age of a count is that at the last poll.
  await watch.poll([]);
  for (let check = 0; check < measuredChecks; ) {
    const before = cpu();
    const done = await watch.work();
    if (done === null) return last / checkedAge;
    last = cpu() - before;
    if (passed >= settledSeconds) {
      measured.cpu += last;
      measured.rests += done.restSeconds;
      check++;
    }
    passed += done.restSeconds;
  }
  return measured.cpu / measured.rests;
}

/** Opens the watching of a table, with the counts of an earlier monitor, and counts what is not counted. */
async function openMonitor(lab: Lab, kind: TableKind, kept: Map<string, string>, wire: Wire): Promise<Monitor> {
  const database = await lab.database(kind);
  const others = new Set(wire.backends());
  const own = new Set<number>();
  const cpu = backendClock(() => [...own]);
  const connection = await connect(connectionSettings(lab.server.url(database, application), {}));
  const target = await inspectTarget(connection, 'migration_control');
  const store = {
    load: async (name: string) => kept.get(name) ?? null,
    save: async (name: string, text: string) => void kept.set(name, text),
  };
  const watch = createWatch(connection, () => target, { store, fewestKept: 1 });
  // At full speed if the table is large.
  await watch.count(() => {});
  while ((await watch.work(() => false)) !== null);
  for (const backend of wire.backends()) if (!others.has(backend)) own.add(backend);
  cpu();
  async function awake(): Promise<void> {
    const before = new Set(wire.backends());
    await watch.poll([]);
    for (const backend of wire.backends()) if (!before.has(backend)) own.add(backend);
    cpu();
  }
  return {
    watch,
    awake,
    cpu,
    dueMs: { check: performance.now(), guess: performance.now() },
    close: () => connection.close(),
  };
}

/**
 * The shares of a core that the server uses for monitors that poll each second, at different times, and count as the monitor
 * does.
 */
async function sharesOf(
  monitors: readonly Monitor[],
  seconds: number,
  { counts = true }: { readonly counts?: boolean } = {},
): Promise<Shares> {
  const used = { polls: 0, checks: 0 };
  for (const { awake } of monitors) await awake();
  const stopping = new AbortController();
  const pause = (ms: number): Promise<void> =>
    sleep(Math.max(0, ms), undefined, { signal: stopping.signal }).catch(() => {});
  async function take<T>(name: keyof Shares, { cpu }: Monitor, work: () => Promise<T>): Promise<T | null> {
    const before = cpu();
    // On a busy machine a poll may take too long, and is then cancelled; the next one goes on.
    const done = await work().catch(() => null);
    const spent = cpu() - before;
    if (!stopping.signal.aborted) used[name] += spent;
    return done;
  }
  const running = monitors.map(async (monitor, index) => {
    const { watch } = monitor;
    await pause((index / monitors.length) * 1000);
    let workAtMs = performance.now();
    while (!stopping.signal.aborted) {
      const startedMs = performance.now();
      await take('polls', monitor, () => watch.poll([]));
      const isDue = counts && startedMs >= workAtMs;
      const done = isDue
        ? await take('checks', monitor, () => watch.work((kind) => startedMs >= monitor.dueMs[kind]))
        : null;
      // As the monitor rests (source/monitor/counter.ts).
      if (done?.waits !== undefined) monitor.dueMs[done.waits] = performance.now() + done.restSeconds * 1000;
      else if (done !== null) workAtMs = performance.now() + done.restSeconds * 1000;
      await pause(1000 - (performance.now() - startedMs));
    }
  });
  const startedMs = performance.now();
  await sleep(seconds * 1000);
  stopping.abort();
  const passed = (performance.now() - startedMs) / 1000;
  await Promise.all(running);
  return { polls: used.polls / passed, checks: used.checks / passed };
}
