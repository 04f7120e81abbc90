import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { follow } from '../../source/domain/last-progress.ts';
import type { Operation } from '../../source/domain/operation.ts';
import { stillSeconds } from '../../source/domain/still-seconds.ts';
import { type Tracks, trackFor } from '../../source/domain/tracks.ts';
import { zoneOf } from '../../source/domain/zone.ts';
import { at, operation, snapshot } from './build.ts';

const noon = at('12:00:00');
const noTracks: Tracks = new Map();

/** Follows two polls, a second apart. */
function twoPolls(first: readonly Operation[], second: readonly Operation[], secondsBetween = 1) {
  const before = follow(noTracks, snapshot(noon, first, { operations: first }), null);
  const later = noon + secondsBetween;
  return follow(before.tracks, snapshot(later, second, { operations: second }), noon);
}

/** The tracks of a table that is counted as a whole by every poll: there are no gains from a ledger. */
function withoutLedger(first: readonly Operation[], second: readonly Operation[]) {
  const whole = (takenAt: number, operations: readonly Operation[]) => ({
    ...snapshot(takenAt, operations, { operations }),
    gained: null,
  });
  return follow(follow(noTracks, whole(noon, first), null).tracks, whole(noon + 1, second), noon);
}

describe('what an operation gained', () => {
  it('is separate from that of another operation with the same id', () => {
    const execution = operation({ phase: 'execution', identity: 'one', recordsProcessed: 500 });
    const validation = operation({ phase: 'validation', identity: 'two', recordsProcessed: 30 });
    const later = [
      { ...execution, recordsProcessed: 620 },
      { ...validation, recordsProcessed: 37 },
    ];
    // In any order, as from a query without an order.
    for (const [first, second] of [
      [[execution, validation], later],
      [[execution, validation], later.toReversed()],
    ] as const) {
      const { gains, tracks } = withoutLedger(first, second);
      expect(gains.map(({ operation: { phase }, records }) => [phase, records]).sort()).toEqual([
        ['execution', 120],
        ['validation', 7],
      ]);
      for (const one of second) expect(trackFor(tracks, one)?.operation).toBe(one);
    }
  });

  it('is what it has now over what it had', () => {
    const { gains } = twoPolls([operation({ recordsProcessed: 500 })], [operation({ recordsProcessed: 620 })]);
    expect(gains).toMatchObject([{ records: 120, from: noon, to: noon + 1, operation: { recordsProcessed: 620 } }]);
  });

  it('is nothing at the first poll: earlier records do not count', () => {
    const rows = [operation({ recordsProcessed: 500, startedAt: noon - 0.1 })];
    expect(follow(noTracks, snapshot(noon, rows), null).gains).toEqual([]);
  });

  it('is everything for one that started between two polls', () => {
    const { gains, tracks } = twoPolls([], [operation({ recordsProcessed: 40, startedAt: noon + 0.3 })]);
    expect(gains).toMatchObject([{ records: 40 }]);
    expect(tracks.get(1)?.lastProgressAt).toBe(noon + 1);
  });

  it('is everything for one that started and ended between two polls', () => {
    const row = operation({
      recordsProcessed: 500,
      status: 'completed',
      startedAt: noon + 0.1,
      completedAt: noon + 0.9,
    });
    expect(twoPolls([], [row]).gains).toMatchObject([{ records: 500 }]);
  });

  it('is everything for one whose transaction began before the last poll and ended after it', () => {
    expect(twoPolls([], [operation({ recordsProcessed: 40, startedAt: noon - 0.5 })]).gains).toHaveLength(1);
  });

  it('is nothing for an old one that is read for the first time, as when it is resumed', () => {
    const { gains, tracks } = twoPolls([], [operation({ recordsProcessed: 9000, startedAt: noon - 3600 })]);
    expect(gains).toEqual([]);
    expect(tracks.get(1)?.lastProgressAt).toBeNull();
  });

  it('is nothing for one that never started', () => {
    expect(twoPolls([], [operation({ recordsProcessed: 9000, startedAt: null })]).gains).toEqual([]);
  });

  it('includes the last records of one that ended', () => {
    const { gains } = twoPolls(
      [operation({ recordsProcessed: 480 })],
      [operation({ recordsProcessed: 500, status: 'completed', completedAt: noon + 0.5 })],
    );
    expect(gains).toMatchObject([{ records: 20 }]);
  });

  it('reads a missing counter as 0', () => {
    expect(
      twoPolls([operation({ recordsProcessed: null })], [operation({ recordsProcessed: 30 })]).gains,
    ).toMatchObject([{ records: 30 }]);
    expect(twoPolls([operation({ recordsProcessed: 30 })], [operation({ recordsProcessed: null })]).gains).toEqual([]);
  });

  it('is never negative, also if a counter is set back', () => {
    const { gains, tracks } = twoPolls([operation({ recordsProcessed: 500 })], [operation({ recordsProcessed: 0 })]);
    expect(gains).toEqual([]);
    // But its version changed.
    expect(tracks.get(1)?.lastProgressAt).toBe(noon + 1);
  });

  it('adds up to the counter, with any number of polls', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 30 }), (steps) => {
        let tracks = follow(noTracks, snapshot(noon, [operation({ recordsProcessed: 0 })]), null).tracks;
        let gained = 0;
        let processed = 0;
        steps.forEach((step, index) => {
          processed += step;
          const seen = follow(
            tracks,
            snapshot(noon + index + 1, [operation({ recordsProcessed: processed })]),
            noon + index,
          );
          tracks = seen.tracks;
          gained += seen.gains.reduce((sum, gain) => sum + gain.records, 0);
        });
        expect(gained).toBe(processed);
      }),
    );
  });
});

describe('the time that the gained records took', () => {
  const polls = (...given: (readonly Operation[])[]) => {
    let seen = follow(noTracks, snapshot(noon, given[0] ?? [], { operations: given[0] ?? [] }), null);
    const all = [];
    for (const [index, rows] of given.slice(1).entries()) {
      const takenAt = noon + 10 * (index + 1);
      seen = follow(seen.tracks, snapshot(takenAt, rows, { operations: rows }), takenAt - 10);
      all.push(seen);
    }
    return all;
  };
  const row = (recordsProcessed: number, fields: Partial<Operation> = {}) =>
    operation({ recordsProcessed, startedAt: noon - 5, ...fields });

  it('is the time since the report before', () => {
    const [, , third] = polls([row(0)], [row(100)], [row(100)], [row(200)]);
    expect(third?.gains).toMatchObject([{ records: 100, from: noon + 10, to: noon + 30 }]);
  });

  it('begins at its start if it had no records', () => {
    expect(polls([row(0)], [row(100)])[0]?.gains).toMatchObject([{ from: noon - 5, to: noon + 10 }]);
  });

  it('ends with its end', () => {
    const ended = row(100, { status: 'completed', completedAt: noon + 7 });
    expect(polls([row(0)], [ended])[0]?.gains).toMatchObject([{ from: noon - 5, to: noon + 7 }]);
  });

  it('begins with the resume, not with the pause', () => {
    const [, , third] = polls([row(50)], [row(50, { status: 'paused' })], [row(50)], [row(90)]);
    expect(third?.gains).toMatchObject([{ records: 40, from: noon + 10, to: noon + 30 }]);
  });

  it('is an estimate for the first gain of a row with earlier records, until its next gain', () => {
    const [first, second] = polls([row(500)], [row(600)], [row(800)]);
    expect(first).toMatchObject({ gains: [{ records: 100, isFirst: true }], settled: [] });
    expect(second).toMatchObject({
      gains: [{ records: 200, from: noon + 10, to: noon + 20, isFirst: false }],
      settled: [{ records: 100, from: noon + 5, to: noon + 10 }],
    });
  });
});

describe('the clock of a writer in another time zone', () => {
  const appeared = (startedAt: number) => {
    const before = follow(noTracks, snapshot(noon, []), null);
    const rows = [operation({ startedAt, recordsProcessed: 0 })];
    const { tracks } = follow(
      before.tracks,
      snapshot(noon + 1, rows, { operations: rows, gained: new Map([[1, 0]]) }),
      noon,
    );
    return tracks.get(1)?.writerOffset;
  };

  it('shows in a row that has just been inserted and began hours ago', () => {
    expect(appeared(noon + 0.5 - 5 * 3600)).toBe(-5 * 3600);
    expect(appeared(noon + 0.5 + 9 * 3600)).toBe(9 * 3600);
    expect(appeared(noon + 0.5 + 5.75 * 3600)).toBe(5.75 * 3600);
  });

  it('is that of the table in the hour that exists twice', () => {
    const zone = zoneOf('Europe/Berlin', 3600);
    const back = Date.UTC(2026, 9, 25, 1) / 1000;
    // PostgreSQL reads these starts as those of the second hour.
    const offsetAt = (now: number, startedAt: number): unknown => {
      const row = operation({ startedAt: back + startedAt, recordsProcessed: 0 });
      const before = follow(noTracks, { ...snapshot(back + now - 1, []), zone }, null);
      const begun = { operations: [row], gained: new Map([[1, 0]]) };
      const seen = follow(before.tracks, { ...snapshot(back + now, [row], begun), zone }, back + now - 1);
      const first = follow(noTracks, { ...snapshot(back + now, [row]), zone }, null);
      return [seen, first].map(({ tracks }) => tracks.get(1)?.writerOffset);
    };
    expect(offsetAt(-600, 3000 - 0.5)).toEqual([0, 0]);
    expect(offsetAt(-600, 2400)).toEqual([0, 0]);
    expect(offsetAt(600, 600 - 0.5)).toEqual([0, 0]);
    expect(offsetAt(600, 2411)).toEqual([0, 0]);
  });

  it('is the clock of the database unless a row shows another', () => {
    expect(appeared(noon + 0.5)).toBe(0);
    expect(appeared(noon - 5 * 3600 - 400)).toBe(0);
  });

  it('shows in a row that was pending, or had another start, and now has one of hours ago', () => {
    const row = operation({ startedAt: noon + 0.5 - 5 * 3600, recordsProcessed: 0 });
    const begun = { operations: [row], gained: new Map(), begun: new Set([1]) };
    const before = follow(noTracks, snapshot(noon, []), null);
    const { tracks } = follow(before.tracks, snapshot(noon + 1, [row], begun), noon);
    expect(tracks.get(1)).toMatchObject({ writerOffset: -5 * 3600, workingSince: noon + 0.5 });
    for (const startedAt of [null, noon - 60]) {
      const paused = operation({ status: 'paused', startedAt });
      const known = follow(noTracks, snapshot(noon, [paused]), null);
      expect(follow(known.tracks, snapshot(noon + 1, [row]), noon).tracks.get(1)?.writerOffset).toBe(-5 * 3600);
    }
    // The same start as before is no evidence.
    const same = operation({ status: 'paused', startedAt: row.startedAt });
    const kept = follow(noTracks, snapshot(noon, [same]), null);
    expect(follow(kept.tracks, snapshot(noon + 1, [row]), noon).tracks.get(1)?.writerOffset).toBe(0);
  });

  it('shows at once in a start in the future', () => {
    const rows = [operation({ startedAt: noon + 2 * 3600 - 1000 })];
    const { tracks } = follow(noTracks, snapshot(noon, rows, { operations: rows }), null);
    expect(tracks.get(1)?.writerOffset).toBe(2 * 3600);
  });
});

describe('progress', () => {
  it('is seen in a row that was written with the figures it had', () => {
    const { tracks, gains } = twoPolls(
      [operation({ recordsProcessed: 5, version: '700' })],
      [operation({ recordsProcessed: 5, version: '701' })],
    );
    expect(gains).toEqual([]);
    expect(tracks.get(1)?.lastProgressAt).toBe(noon + 1);
  });

  it('is not seen in a row without a write', () => {
    const { tracks } = twoPolls([operation({ recordsProcessed: 5 })], [operation({ recordsProcessed: 5 })]);
    expect(tracks.get(1)).toMatchObject({ firstSeenAt: noon, lastProgressAt: null });
  });

  it('is seen in a relation without versions when the count changes', () => {
    const { tracks } = twoPolls(
      [operation({ recordsProcessed: 5, version: null })],
      [operation({ recordsProcessed: 6, version: null })],
    );
    expect(tracks.get(1)?.lastProgressAt).toBe(noon + 1);
  });

  it('keeps its moment until the next', () => {
    let { tracks } = twoPolls([operation({ recordsProcessed: 5 })], [operation({ recordsProcessed: 6 })]);
    tracks = follow(tracks, snapshot(noon + 50, [operation({ recordsProcessed: 6 })]), noon + 1).tracks;
    const track = tracks.get(1);
    expect(track?.lastProgressAt).toBe(noon + 1);
    expect(track && stillSeconds(track, noon + 50)).toBe(49);
  });

  it('is counted from the first poll that saw the row if it has not progressed', () => {
    const { tracks } = twoPolls([operation()], [operation()], 41);
    const track = tracks.get(1);
    expect(track && stillSeconds(track, noon + 41)).toBe(41);
  });

  it('is never in the future', () => {
    const { tracks } = twoPolls([operation()], [operation()]);
    const track = tracks.get(1);
    expect(track && stillSeconds(track, noon - 3600)).toBe(0);
  });
});

describe('operations that are no longer read', () => {
  it('are kept for two minutes, so that one that is run again is known', () => {
    const ended = follow(noTracks, snapshot(noon, [operation({ recordsProcessed: 5 })]), null).tracks;
    const shortly = follow(ended, snapshot(noon + 100, []), noon).tracks;
    expect(shortly.has(1)).toBe(true);
    const again = follow(
      shortly,
      snapshot(noon + 110, [operation({ recordsProcessed: 9, startedAt: noon + 105 })]),
      noon + 100,
    );
    expect(again.gains).toMatchObject([{ records: 4 }]);
    expect(follow(ended, snapshot(noon + 121, []), noon).tracks.size).toBe(0);
  });

  it('do not accumulate in a table that is emptied and filled again', () => {
    let tracks = noTracks;
    for (let poll = 0; poll < 1000; poll++) {
      const rows = [operation({ id: poll, startedAt: noon + poll })];
      tracks = follow(tracks, snapshot(noon + poll, rows), noon + poll - 1).tracks;
    }
    expect(tracks.size).toBeLessThanOrEqual(121);
  });

  it('are the last two thousand if more end every second', () => {
    let tracks = noTracks;
    for (let poll = 0; poll < 5; poll++) {
      const rows = Array.from({ length: 1000 }, (_, row) =>
        operation({ id: poll * 1000 + row, startedAt: noon + poll }),
      );
      tracks = follow(tracks, snapshot(noon + poll, rows), noon + poll - 1).tracks;
    }
    expect(tracks.size).toBe(3000);
    expect([2000, 3999, 4999].map((id) => tracks.has(id))).toEqual([true, true, true]);
    expect(tracks.has(1999)).toBe(false);
  });
});
