import { describe, expect, it } from 'vitest';
import { isOrphaned, type ProcessPlace } from '../../source/commands/process-group.ts';

/** Processes by their ids: parent, group, session. */
function places(all: Readonly<Record<number, readonly [parent: number, group: number, session: number]>>) {
  return (pid: number): ProcessPlace | null => {
    const found = all[pid];
    return found === undefined ? null : { parent: found[0], group: found[1], session: found[2] };
  };
}

describe('a process group', () => {
  it.each([
    ['a job of a shell', { 10: [1, 10, 10], 20: [10, 20, 10] }, false],
    ['a job of a shell, behind npm', { 10: [1, 10, 10], 20: [10, 20, 10], 21: [20, 20, 10] }, false],
    ['the leader of its session, as ssh starts it', { 1: [0, 1, 1], 20: [1, 20, 20] }, true],
    ['behind a script that leads the session', { 1: [0, 1, 1], 19: [1, 19, 19], 20: [19, 19, 19] }, true],
    ['the first process of a container', { 20: [0, 20, 20] }, true],
  ] as const)('%s', (_, all, expected) => {
    const last = Math.max(...Object.keys(all).map(Number));
    expect(isOrphaned(last, places(all))).toBe(expected);
  });

  it('is treated as a job if nothing is known about it', () => {
    expect(isOrphaned(20, () => null)).toBe(false);
  });
});
