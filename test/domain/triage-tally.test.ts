import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JudgedFailure, Resolution, Triage } from '../../source/domain/triage.ts';
import { createTriageTally, triageOf } from '../../source/domain/triage-tally.ts';

const kinds = ['deadlock detected', 'orphans without a parent', 'no error message'];
const resolutions: readonly Resolution[] = [
  { kind: 'unresolved' },
  { kind: 'unresolved' },
  { kind: 'resolved', by: 900 },
  { kind: 'accepted', who: 'anna', at: 5, note: 'known' },
];

const failure = fc.record({
  id: fc.integer({ min: -20, max: 400 }),
  identity: fc.constant('1'),
  version: fc.constant(null),
  phase: fc.constantFrom('execution' as const, 'validation' as const),
  tableName: fc.constantFrom('cases', 'warrants', 'orders'),
  workerId: fc.constantFrom(null, 1, 2),
  kind: fc.constantFrom(...kinds),
  sqlState: fc.constantFrom(null, '40P01', '23503'),
  resolution: fc.constantFrom(...resolutions),
  failedAt: fc.constantFrom(null, Number.POSITIVE_INFINITY, 10, 20, 30, 40),
  openAttempt: fc.constantFrom(undefined, 500, 501),
});

/** All that a triage says. */
function said(triage: Triage) {
  const byId = (a: JudgedFailure, b: JudgedFailure): number => a.id - b.id;
  const { of, all, triedAgain, unresolvedIn, idsOf, membersOf, ...numbers } = triage;
  return {
    ...numbers,
    all: [...all()].sort(byId),
    one: of(3),
    triedAgain: triedAgain.toSorted(byId),
    unresolvedIn: [unresolvedIn('execution'), unresolvedIn('validation', 'cases')],
    resolved: idsOf('resolved').toSorted((a, b) => a - b),
    members: kinds.map(membersOf),
  };
}

describe('a triage of failures that change one by one', () => {
  it('says what a triage of all of them says, also after later changes', () => {
    const step = fc.array(fc.record({ failure, isRemoved: fc.boolean() }), { maxLength: 30 });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const tally = createTriageTally();
        const held = new Map<number, JudgedFailure>();
        const made: { triage: Triage; expected: ReturnType<typeof said> }[] = [];
        for (const changes of steps) {
          for (const change of changes) {
            const before = held.get(change.failure.id);
            if (before !== undefined) tally.remove(before);
            held.delete(change.failure.id);
            if (change.isRemoved) continue;
            held.set(change.failure.id, change.failure);
            tally.add(change.failure);
          }
          made.push({ triage: tally.triage(true), expected: said(triageOf(held.values(), true)) });
        }
        for (const { triage, expected } of made) expect(said(triage)).toEqual(expected);
      }),
    );
  });

  it('keeps the summary of a kind of which nothing has changed', () => {
    const tally = createTriageTally();
    const [one, other] = fc.sample(failure, 2);
    if (one === undefined || other === undefined) return;
    tally.add({ ...one, id: 1, kind: 'kept' });
    const [before] = tally.triage(true).kinds;
    tally.add({ ...other, id: 2, kind: 'added' });
    expect(tally.triage(true).kinds).toContain(before);
    expect(tally.triage(true, () => ['cases']).kinds.map(({ parents }) => parents)).toEqual([['cases'], ['cases']]);
    tally.clear();
    expect(tally.triage(true)).toMatchObject({ failed: 0, unresolved: 0, kinds: [], triedAgain: [] });
  });
});
