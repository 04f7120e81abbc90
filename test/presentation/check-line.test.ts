import { expect, it } from 'vitest';
import { parseConditions } from '../../source/domain/condition.ts';
import type { ConditionFigures } from '../../source/domain/condition-figures.ts';
import { checkResult } from '../../source/presentation/check-line.ts';
import { unknownLine } from '../../source/presentation/unknown-line.ts';

const figures: ConditionFigures = {
  counts: {
    operations: 549,
    pending: 90,
    running: 28,
    paused: 0,
    completed: 368,
    failed: 63,
    skipped: 0,
    unresolved: 39,
    stalled: 2,
  },
  percent: 64.25,
  recordsPerSecond: 8412.4,
  etaSeconds: null,
  ageSeconds: 0,
  isLate: false,
};

const ended = { ...figures.counts, pending: 0, running: 0, stalled: 0, unresolved: 0 };

function check(warning: string, critical: string, given: Partial<ConditionFigures> = {}) {
  const read = (text: string) => {
    const parsed = parseConditions(text);
    return parsed.kind === 'ok' ? parsed.conditions : expect.fail(parsed.problem);
  };
  return checkResult({ ...figures, ...given }, { warning: read(warning), critical: read(critical) }, 'execution');
}

it('is one line with a state, the reasons, a summary and performance data', () => {
  expect(check('unresolved>5', 'unresolved>5%,stalled>=3')).toEqual({
    state: 'CRITICAL',
    line:
      'MIGTOP CRITICAL: 7.1% unresolved (39 of 549) (unresolved>5%); warning: 39 unresolved (unresolved>5); ' +
      'execution 64.3%, 28 running, 2 stalled, 39 unresolved, 63 failed, 90 pending, 368 completed | ' +
      'operations=549;;;0 pending=90;;;0 running=28;;;0 completed=368;;;0 failed=63;;;0 paused=0;;;0 skipped=0;;;0 ' +
      'unresolved=39;5;;0 stalled=2;;2;0 unresolved_percent=7.1%;;5;0;100 percent=64.25%;;;0;100 rate=8412.4;;;0',
  });
});

it('has no percentage of 100 while work is open, and the same one in its reason and its summary', () => {
  expect(check('percent<100', 'stalled>5', { percent: 99.99 }).line).toMatch(
    /^MIGTOP WARNING: 99\.9% done \(percent<100\); execution 99\.9%, /,
  );
});

it('says that no failure is unresolved, beside the number of all failures', () => {
  expect(check('unresolved>0', 'stalled>0', { counts: ended }).line).toMatch(
    /^MIGTOP OK: execution 64\.3%, 0 unresolved, 63 failed, 368 completed \|/,
  );
});

it('says of how many operations the rate is known where that of all is not', () => {
  const unknown = (operations: number) => ({ recordsPerSecond: null, measured: { operations, running: 29 } });
  expect(check('rate<100,unresolved>50', 'rate<1', unknown(19)).line).toMatch(
    /^MIGTOP UNKNOWN: not known: rate<1, rate<100, rate measured of 19 of 29 running only \(--sample 60\); execution/,
  );
  expect(check('rate<100', 'stalled>5', unknown(0)).line).toContain(
    'not known: rate<100, rate not measured (--sample 60); ',
  );
  expect(check('unresolved>5', 'stalled>5', unknown(19)).line).not.toContain('measured');
});

it('says which stalls are only suspected', () => {
  expect(check('late', 'stalled>0', { suspected: 1 }).line).toMatch(
    /^MIGTOP CRITICAL: 2 stalled, 1 of them perhaps \(stalled>0\); .* 2 stalled, 1 of them perhaps, 39 unresolved/,
  );
  expect(check('late', 'stalled>0', { suspected: 2 }).line).toMatch(
    /^MIGTOP CRITICAL: 2 perhaps stalled \(stalled>0\); /,
  );
});

it.each<[string, string, string, Partial<ConditionFigures>]>([
  ['OK', 'unresolved>50', 'stalled>5', {}],
  ['WARNING', 'unresolved>0', 'stalled>5', {}],
  ['CRITICAL', 'unresolved>0', 'stalled>0', {}],
  ['UNKNOWN', 'unresolved>0', 'stalled>5', { counts: { ...figures.counts, unresolved: null } }],
  ['CRITICAL', 'unresolved>0', 'stalled>0', { counts: { ...figures.counts, unresolved: null } }],
  ['UNKNOWN', 'stalled>0', 'unresolved>5%', { counts: { ...figures.counts, operations: null } }],
  ['UNKNOWN', 'rate<100', 'stalled>5', { recordsPerSecond: null }],
  ['UNKNOWN', 'unresolved>50', 'percent<10', { percent: null }],
  ['OK', 'rate<100', 'percent<10', { recordsPerSecond: null, percent: null, counts: ended }],
  // Without an ETA nothing is known to be late.
  ['OK', 'late', 'eta>1h', { isLate: null }],
  ['WARNING', 'late', 'eta>1h', { isLate: true }],
])('is %s for %s, %s: case %#', (state, warning, critical, given) => {
  const result = check(warning, critical, given);
  expect(result.state).toBe(state);
  expect(result.line).toMatch(new RegExp(`^MIGTOP ${state}: [ -{}~]+ \\| [ -{}~]+$`));
});

it('leaves out of the performance data what is not known, and limits that are no range', () => {
  const { line } = check('pending<5,running=3', 'completed<=7,skipped>=0', {
    counts: { ...figures.counts, pending: 9, failed: null },
    percent: null,
    recordsPerSecond: null,
  });
  const [, data] = line.split(' | ');
  expect(data).toBe(
    'operations=549;;;0 pending=9;5:;;0 running=28;;;0 completed=368;;8:;0 paused=0;;;0 skipped=0;;;0 unresolved=39;;;0 stalled=2;;;0',
  );
});

it('has no bar in an error, because a bar begins the performance data', () => {
  expect(unknownLine('no host "a|b"')).toBe('MIGTOP UNKNOWN: no host "a/b"');
});

it('says what the verdict on the deadline leaves out', () => {
  const due = { name: '06:00', leftSeconds: 9000, leftOut: { stalled: 2, paused: 0, unresolved: 39, phases: [] } };
  expect(check('late', 'eta>1h', { due: { ...due, verdict: { kind: 'fits', spareSeconds: 4859 } } }).line).toContain(
    '; deadline 06:00: without 2 stalled and 39 unresolved: fits, 1h 20m to spare |',
  );
});

it('says the word deadline once, with its time, and that it has passed', () => {
  const due = { name: '06:00', leftOut: { stalled: 0, paused: 0, unresolved: 0, phases: [] } };
  const unknown = { kind: 'unknown', why: 'no report' } as const;
  const left = (leftSeconds: number): string =>
    check('late', 'eta>1h', {
      isLate: leftSeconds < 0,
      due: { ...due, leftSeconds, verdict: { ...unknown, leftSeconds } },
    }).line;
  expect(left(9900)).toContain('; deadline 06:00 in 2h 45m, no ETA: too few reports of workers yet |');
  expect(left(-750)).toMatch(/WARNING: the deadline passed 12m ago \(late\).*; deadline 06:00 passed 12m ago \|/);
});

it('says which operations before --since are in none of its figures', () => {
  expect(check('late', 'stalled>5', { earlier: { pending: 0, running: 2, paused: 0, failed: 63 } }).line).toContain(
    '; before --since, not counted: 2 running, 63 failed |',
  );
});

it('marks the percentage of an unclear table, in the summary and in the reason', () => {
  const { line } = check('percent<70', 'age>60s', { isUnclear: true });
  expect(line).toContain('64.3%? done (percent<70)');
  expect(line).toContain('execution 64.3%?, ');
});

it('names the conditions of the states behind the worst one too, each once', () => {
  expect(check('unresolved>0', 'stalled>0').line).toMatch(
    /^MIGTOP CRITICAL: 2 stalled \(stalled>0\); warning: 39 unresolved \(unresolved>0\); execution /,
  );
  expect(check('unresolved>0', 'unresolved>0').line).toMatch(
    /^MIGTOP CRITICAL: 39 unresolved \(unresolved>0\); execution /,
  );
  const counts = { ...figures.counts, stalled: null };
  expect(check('unresolved>0', 'stalled>0', { counts }).line).toMatch(
    /^MIGTOP UNKNOWN: not known: stalled>0; warning: 39 unresolved \(unresolved>0\); execution /,
  );
});
