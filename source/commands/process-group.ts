import { readFileSync } from 'node:fs';

/** What the kernel knows of a process. */
export interface ProcessPlace {
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** The group that has the terminal; -1 where there is no terminal. */
  readonly foreground?: number;
}

/**
 * Whether the process group of a process is orphaned (POSIX, 3.264): no shell with job control is in front of it, as under
 * `ssh -t host migtop` or `docker exec -it`. The kernel stops no such group on ctrl-z, because nobody could continue it.
 * False where that cannot be told.
 */
export function isOrphaned(pid: number, placeOf: (pid: number) => ProcessPlace | null = placeInProc): boolean {
  const own = placeOf(pid);
  if (own === null) return false;
  // From us up to the first process outside our group: npm or a script may stand in between.
  let parent = own.parent;
  for (let place = placeOf(parent); place !== null; place = placeOf(parent)) {
    if (place.session !== own.session) return true;
    if (place.group !== own.group) return false;
    parent = place.parent;
  }
  return true;
}

/** Whether this process may read from the terminal: in the background that would stop it. True where it cannot be told. */
export function isInForeground(pid: number, placeOf: (pid: number) => ProcessPlace | null = placeInProc): boolean {
  const own = placeOf(pid);
  return own === null || own.foreground === undefined || own.foreground === own.group;
}

/** From /proc, which Linux alone has. */
function placeInProc(pid: number): ProcessPlace | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may have blanks and parentheses of its own.
    const [, parent, group, session, , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(parent), group: Number(group), session: Number(session), foreground: Number(foreground) };
  } catch {
    return null;
  }
}
