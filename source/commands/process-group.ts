import { readFileSync } from 'node:fs';

/** The position of a process among the others: its parent, process group and session. */
export interface ProcessPlace {
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** The foreground process group of its terminal; -1 without a terminal. */
  readonly foreground?: number;
}

/**
 * Whether the process group of a process is orphaned (POSIX, 3.264): it was not started by a shell with job control, as with
 * `ssh -t host migtop` or `docker exec -it`. The kernel does not stop such a group on ctrl-z, because no shell could continue
 * it. False if that is unknown.
 */
export function isOrphaned(pid: number, placeOf: (pid: number) => ProcessPlace | null = placeInProc): boolean {
  const own = placeOf(pid);
  if (own === null) return false;
  // From this process up to the first one outside its group: npm or a script may be in between.
  let parent = own.parent;
  for (let place = placeOf(parent); place !== null; place = placeOf(parent)) {
    if (place.session !== own.session) return true;
    if (place.group !== own.group) return false;
    parent = place.parent;
  }
  return true;
}

/** Whether this process may read from the terminal: in the background that would stop it. True if that is unknown. */
export function isInForeground(pid: number, placeOf: (pid: number) => ProcessPlace | null = placeInProc): boolean {
  const own = placeOf(pid);
  return own === null || own.foreground === undefined || own.foreground === own.group;
}

/** Reads /proc, which only Linux has. */
function placeInProc(pid: number): ProcessPlace | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may contain spaces and parentheses.
    const [, parent, group, session, , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(parent), group: Number(group), session: Number(session), foreground: Number(foreground) };
  } catch {
    return null;
  }
}
