import { describe, expect, it } from 'vitest';
import { knownHistory } from '../../source/domain/known-history.ts';
import { instantBefore, zoneOf } from '../../source/domain/zone.ts';

const zone = zoneOf('Europe/Berlin', 3600);
/** When clocks are set back: 03:00 becomes 02:00. */
const back = Date.UTC(2026, 9, 25, 1) / 1000;

/** Batches that end at some seconds from the change, as PostgreSQL reads their timestamps: in the later of the two hours. */
const history = (ends: readonly number[]) =>
  ends.map((end) => {
    const to = back + end + (end < 0 ? 3600 : 0);
    return { tableName: 'cases', from: to - 60, to, records: 500 };
  });

const endsOf = (ends: readonly number[], now: number): number[] =>
  knownHistory({ history: history(ends), takenAt: back + now, zone }, []).map(({ to }) => to - back);

describe('the history in the hour that exists twice', () => {
  it('is that of the first hour while the second one has not begun', () => {
    expect(endsOf([-1800, -600, -60], -30)).toEqual([-1800, -600, -60]);
  });

  it('is left out in the second hour', () => {
    expect(endsOf([-9000, -3000, -600, 600, 1140], 1200)).toEqual([]);
  });

  it('is known again for batches that began after it', () => {
    expect(endsOf([1800, 3630, 3720, 5000], 5400)).toEqual([3720, 5000]);
  });

  it('is not changed in other hours, nor without a zone', () => {
    const spans = history([7300, 8000]);
    expect(knownHistory({ history: spans, takenAt: back + 9000, zone }, [])).toEqual(spans);
    expect(knownHistory({ history: history([600]), takenAt: back + 1200 }, [])).toEqual(history([600]));
    expect(instantBefore(back + 3600, back + 4000, zone)).toBe(back + 3600);
  });
});
