import { readdirSync, readFileSync } from 'node:fs';

// All functions read /proc. On other systems they return NaN, and the figure is not measured.

/** Unit of utime and stime in /proc/PID/stat (`getconf CLK_TCK`): 1/100 s on every platform. */
const ticksPerSecond = 100;

interface Stat {
  readonly parent: number;
  /** Including that of the children for which it has waited. */
  readonly cpuSeconds: number;
}

/**
 * CPU seconds of a process with one thread, such as a PostgreSQL backend, in steps of 1 ns; NaN if it has ended.
 */
export function backendCpuSeconds(pid: number): number {
  const text = read(`/proc/${pid}/schedstat`);
  return text === null ? Number.NaN : Number(text.split(' ')[0]) / 1e9;
}

/**
 * The CPU seconds of the backends of connections, as a clock: of a backend that has ended, those of the last reading stay, so that the
 * clock never goes back. NaN if they are not known.
 */
export function backendClock(backends: () => readonly number[]): () => number {
  const known = new Map<number, number>();
  return () => {
    const pids = backends();
    for (const pid of pids) {
      const seconds = backendCpuSeconds(pid);
      if (!Number.isNaN(seconds)) known.set(pid, seconds);
    }
    if (known.size === 0 && pids.length > 0) return Number.NaN;
    return [...known.values()].reduce((all, seconds) => all + seconds, 0);
  };
}

/** User and system CPU seconds of a process and its descendants, including ended ones, in steps of 10 ms. */
export function treeCpuSeconds(root: number): number {
  const stats = allStats();
  if (!stats.has(root)) return Number.NaN;
  return treeOf(root, stats).reduce((seconds, pid) => seconds + (stats.get(pid)?.cpuSeconds ?? 0), 0);
}

/** Memory of a process and its descendants, in MB. `rss` counts shared pages fully, `pss` proportionally. */
export function treeMemory(root: number): { readonly rss: number; readonly pss: number } {
  const stats = allStats();
  if (!stats.has(root)) return { rss: Number.NaN, pss: Number.NaN };
  const totals = { rss: 0, pss: 0 };
  for (const pid of treeOf(root, stats)) {
    const text = read(`/proc/${pid}/smaps_rollup`) ?? '';
    totals.rss += kilobytes(text, 'Rss') / 1024;
    totals.pss += kilobytes(text, 'Pss') / 1024;
  }
  return totals;
}

function kilobytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0);
}

function treeOf(root: number, stats: ReadonlyMap<number, Stat>): number[] {
  const children = Map.groupBy(stats.keys(), (pid) => stats.get(pid)?.parent ?? 0);
  const found = [root];
  for (const pid of found) found.push(...(children.get(pid) ?? []));
  return found;
}

function allStats(): Map<number, Stat> {
  const stats = new Map<number, Stat>();
  for (const name of listProc()) {
    const text = read(`/proc/${name}/stat`);
    if (text === null) continue;
    // The second field is the program's name in parentheses; it may contain blanks and parentheses.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = [11, 12, 13, 14].reduce((total, index) => total + Number(fields[index]), 0);
    stats.set(Number(name), { parent: Number(fields[1]), cpuSeconds: ticks / ticksPerSecond });
  }
  return stats;
}

function listProc(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
