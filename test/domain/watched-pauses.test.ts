import { describe, expect, it } from 'vitest';
import { follow } from '../../source/domain/last-progress.ts';
import type { Operation } from '../../source/domain/operation.ts';
import type { Resume } from '../../source/domain/resumes.ts';
import type { Tracks } from '../../source/domain/tracks.ts';
import { at, operation, snapshot } from './build.ts';

const noon = at('12:00:00');

/** The resumes that are known after some polls, each with the seconds after noon and the row; `byActions` at the last poll. */
function resumesAfter(
  polls: readonly (readonly [seconds: number, row: Operation])[],
  byActions?: ReadonlyMap<number, Resume>,
) {
  let tracks: Tracks = new Map();
  let resumes: ReadonlyMap<number, Resume> | undefined;
  let previous: number | null = null;
  for (const [seconds, row] of polls) {
    const actions = polls.at(-1)?.[0] === seconds && byActions !== undefined ? { resumes: byActions } : {};
    const taken = { ...snapshot(noon + seconds, [row], { operations: [row] }), ...actions };
    const followed = follow(tracks, taken, previous);
    ({ tracks, resumes } = followed);
    previous = noon + seconds;
  }
  return resumes?.get(1);
}

const running = operation({ id: 1, startedAt: noon - 30, recordsProcessed: 100 });
const paused: Operation = { ...running, status: 'paused' };
const progressed: Operation = { ...running, recordsProcessed: 400 };

describe('the pauses of an operation that polls saw', () => {
  it('are known while it runs, also after its next reports, without an action of an operator', () => {
    const polls = [
      [0, running],
      [10, paused],
      [40, paused],
      [41, running],
      [50, progressed],
    ] as const;
    expect(resumesAfter(polls)).toEqual({ at: noon + 41, pausedSeconds: 31 });
  });

  it('are added up', () => {
    const polls = [
      [0, running],
      [10, paused],
      [20, running],
      [30, paused],
      [35, running],
    ] as const;
    expect(resumesAfter(polls)).toEqual({ at: noon + 35, pausedSeconds: 15 });
  });

  it('are not known while it is paused: the pause goes on', () => {
    expect(
      resumesAfter([
        [0, running],
        [10, paused],
        [20, running],
        [30, paused],
      ]),
    ).toBeUndefined();
  });

  it('took an unknown time if it was paused at the first poll', () => {
    expect(
      resumesAfter([
        [0, paused],
        [10, running],
      ]),
    ).toEqual({ at: noon + 10, pausedSeconds: 0 });
  });

  it('are those of its earlier life no more once it is started again', () => {
    const again = { ...running, startedAt: noon + 45 };
    expect(
      resumesAfter([
        [0, running],
        [10, paused],
        [40, running],
        [50, again],
      ]),
    ).toBeUndefined();
    const queued = operation({ id: 1, status: 'pending', startedAt: null });
    expect(
      resumesAfter([
        [0, running],
        [10, paused],
        [40, queued],
        [50, again],
      ]),
    ).toBeUndefined();
  });

  it('are joined with those that the actions show: each may know pauses that the other does not', () => {
    const polls = [
      [0, running],
      [10, paused],
      [40, running],
    ] as const;
    const known = (pausedSeconds: number) => new Map([[1, { at: noon + 35, pausedSeconds }]]);
    expect(resumesAfter(polls, known(28))).toEqual({ at: noon + 40, pausedSeconds: 30 });
    expect(resumesAfter(polls, known(90))).toEqual({ at: noon + 40, pausedSeconds: 90 });
  });
});
