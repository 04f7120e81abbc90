import { expect, it } from 'vitest';
import { currentPace, type WhyNoEta, whyNoEta } from '../../source/domain/no-eta.ts';
import type { Observation } from '../../source/domain/observation.ts';
import { type Kind, kinds, randomMigration } from '../support/random-migration.ts';
import { type Minute, simulate } from '../support/simulated-migration.ts';

interface Shown {
  readonly low: number | null;
  readonly high: number | null;
  readonly why: WhyNoEta | null;
}

function shownBy(observation: Observation): Shown {
  const pace = currentPace(observation);
  if (pace.eta === null) return { low: null, high: null, why: whyNoEta(observation, pace) };
  return { low: pace.eta.lowSeconds, high: pace.eta.highSeconds, why: null };
}

/** A monitor that was opened at the beginning, one that was opened a minute ago, and `migtop status`, in the same second. */
function readersOf({ observation, young, status }: Minute): readonly Shown[] {
  if (young === null || status === null) return [];
  const { etaSeconds, why } = status;
  return [shownBy(observation), shownBy(young), { low: etaSeconds?.low ?? null, high: etaSeconds?.high ?? null, why }];
}

function play(kind: Kind, seed: number): readonly (readonly Shown[])[] {
  const migration = { ...randomMigration(kind, seed), statusMinutes: 2, hasYoung: true };
  return simulate(migration, seed, 10).flatMap((minute) => {
    const readers = readersOf(minute);
    return readers.length === 0 ? [] : [readers];
  });
}

const pairsOf = (readers: readonly Shown[]): (readonly [Shown, Shown])[] =>
  readers.flatMap((one, index) => readers.slice(index + 1).map((other) => [one, other] as const));

const areApart = ([one, other]: readonly [Shown, Shown]): boolean =>
  one.low !== null &&
  one.high !== null &&
  other.low !== null &&
  other.high !== null &&
  (one.high < other.low || other.high < one.low);

const haveRanges = ([one, other]: readonly [Shown, Shown]): boolean => one.low !== null && other.low !== null;

it('shows ETAs that overlap in sessions of each age, except after some minutes in a hundred', () => {
  const pairs = kinds.flatMap((kind) => play(kind, 31).flatMap(pairsOf));
  const shown = pairs.filter(haveRanges);
  expect(shown.length).toBeGreaterThan(250);
  expect(shown.filter(areApart).length).toBeLessThan(0.03 * shown.length);
});

it.each([2, 5])('shows the ETA of a monitor that was open before a pause of an hour also in a new one (%i)', (seed) => {
  const pairs = play('paused for an hour', seed).map(([old, young]) => [old, young] as [Shown, Shown]);
  const shown = pairs.filter(haveRanges);
  expect(shown.length).toBeGreaterThan(10);
  expect(shown.filter(areApart)).toEqual([]);
});
