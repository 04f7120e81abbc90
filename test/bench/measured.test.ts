import { describe, expect, it } from 'vitest';
import { atMost, comparison } from '../../bench/claims.ts';
import { type Result, reportOf } from '../../bench/results.ts';
import { measuredTable, resultLines } from '../../scripts/measured.ts';

const setting: Result['setting'] = {
  measuredAt: '2026-11-22',
  machine: { processor: 'EPYC', cores: 2, memoryGb: 24, system: 'Linux 6.18', node: 'v26.10.0' },
  postgresql: '18.4',
  settings: { shared_buffers: '4096MB' },
  peers: { pg_activity: 'pg_activity 3.0.3', psql: null },
  rows: { small: 10_000, large: 10_000_000, pending: 2_000_000 },
  seconds: 90,
};
const result: Result = {
  figure: '4',
  title: 'CPU',
  claims: [
    atMost(0.35, 'CPU of a refresh', 0.2, 'times'),
    atMost(16, 'key to screen', 17.25, 'ms'),
    atMost(1.5, 'without pg_activity', Number.NaN, 'times'),
    comparison('pg_activity', 1234.5, 'ms'),
  ],
  details: {},
  setting,
};

describe('the measured figures', () => {
  it('name the machine, and mark missed targets', () => {
    const table = measuredTable([result]);
    expect(table).toContain('Measured 2026-11-22 on EPYC, 2 cores, 24 GB, Linux 6.18,');
    expect(table).toContain(
      'PostgreSQL 18.4 (`shared_buffers = 4096MB`; other settings at their defaults),\ncompared with pg_activity 3.0.3.',
    );
    expect(table).toContain('| 4 | CPU of a refresh | ≤ 0.35 | 0.2 times |');
    expect(table).toContain('| 4 | key to screen | ≤ 16 | **17.25 ms**, missed |');
    expect(table).toContain('| 4 | without pg_activity | ≤ 1.5 | not measured |');
    expect(table).toMatch(/\n\n- For comparison, figure 4: pg_activity 1,234\.5 ms$/);
  });

  it('give users one line for each measured result', () => {
    const figure = (what: string, value: number) => comparison(what, value, 'ms');
    const measured = {
      ...result,
      claims: [figure('first frame, large table', 339), figure('first frame, pg_activity', 244)],
    };
    expect(resultLines([measured])).toBe(
      "- **Start.** The first screen with the workers appears after 0.3 s; pg_activity's after 0.2 s.",
    );
    expect(resultLines([])).toBe('');
  });
});

describe('the table at the end of a run', () => {
  it('has a line for each target', () => {
    expect(reportOf([result])).toMatch(/key to screen {2,}<= 16 {2,}17\.25 ms {2,}MISSED/);
    expect(reportOf([result])).toMatch(/without pg_activity {2,}<= 1\.5 {2,}not measured$/m);
  });
});
