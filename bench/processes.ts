import { readdirSync, readFileSync } from 'node:fs';

// Everything here reads /proc, so it knows nothing on other systems: NaN then, and the figure says so.

/** The kernel counts utime and stime in hundredths of a second on every platform (`getconf CLK_TCK`). */
const ticksPerSecond = 100;

interface Stat {
  readonly parent: number;
  /** Its own, and that of the children that it has waited for. */
  readonly cpuSeconds: number;
}

/**
 * CPU seconds of a process of one thread, such as a PostgreSQL backend, to the nanosecond; NaN once it is gone.
 */
export function backendCpuSeconds(pid: number): number {
  const text = read(`/proc/${pid}/schedstat`);
  return text === null ? Number.NaN : Number(text.split(' ')[0]) / 1e9;
}

/** User and system CPU seconds of a process and its descendants, those that have ended included. In steps of 10 ms. */
export function treeCpuSeconds(root: number): number {
  const stats = allStats();
  if (!stats.has(root)) return Number.NaN;
  return treeOf(root, stats).reduce((seconds, pid) => seconds + (stats.get(pid)?.cpuSeconds ?? 0), 0);
}

/** What a process and its descendants hold in memory, in MB. Shared pages are in `pss` by their share only. */
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
    // The second field is the program's name in parentheses, which may hold blanks and parentheses itself.
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
