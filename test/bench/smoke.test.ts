import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { figureNames } from '../../bench/figures.ts';
import { help, parseOptions, UsageError } from '../../bench/options.ts';
import { findPeers } from '../../bench/peers.ts';
import { type Result, readResults } from '../../bench/results.ts';
import { plainEnvironment } from '../support/program.ts';

const run = fileURLToPath(new URL('../../bench/run.ts', import.meta.url));
const bench = (...args: string[]) =>
  promisify(execFile)(process.execPath, [run, ...args], { env: plainEnvironment(), maxBuffer: 1e8 });

let folder: string;
let output: { stdout: string; stderr: string };
let results: Result[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'migtop-smoke-'));
  // As root, the server runs as another user, who must be able to enter.
  await chmod(folder, 0o755);
  output = await bench(
    ...['--rows', '10000', '--small', '2000', '--pending', '2000', '--samples', '1', '--window', '0.2', '--polls', '3'],
    ...['--data', join(folder, 'data'), '--out', join(folder, 'results')],
  );
  results = await readResults(join(folder, 'results'));
});

afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

/** The value in `details` of a figure at a path of names. */
function sampled(figure: string, ...path: string[]): unknown {
  const { details } = results.find((result) => result.figure === figure) ?? {};
  return path.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], details);
}

// No test here depends on time: with tables this small, the figures mean nothing.
describe('the bench', () => {
  it('writes a file for each figure, with the machine and the date', () => {
    expect(results.map(({ figure }) => figure)).toEqual([...figureNames]);
    for (const { setting } of results) {
      expect(setting.measuredAt).toMatch(/^\d{4}-\d\d-\d\d$/);
      expect(setting.machine.cores).toBeGreaterThan(0);
      expect(setting.postgresql).toMatch(/^18/);
      expect(setting.rows).toEqual({ small: 2000, large: 10_000, pending: 2000 });
    }
  });

  it('prints a table of all targets, and its progress', () => {
    for (const claim of results.flatMap(({ claims }) => claims)) expect(output.stdout).toContain(claim.what);
    expect(output.stderr).toMatch(/\d\d:\d\d {2}figure 7 \(7 of 11\)/);
    expect(output.stderr).toContain('filling 10,000 rows');
  });

  it.each([
    ['1', 'poll', 'small', 'clientMs'],
    ['1', 'poll', 'large', 'clientMs'],
    ['1', 'poll', 'large', 'serverCpuMs'],
    ['1', 'poll', 'large', 'buffers'],
    ['1', 'poll', 'large', 'bytes'],
    ['1', 'poll', 'pending', 'clientMs'],
    ['1', 'naive', 'large', 'serverCpuMs'],
    ['4', 'migtop, small table', 'cpuMsARefresh'],
    ['5', 'small table', 'ms'],
    ['5', 'large table', 'ms'],
    ['7', 'batchesASecond', 'no monitor'],
    ['7', 'batchesASecond', 'migtop'],
    ['7', 'batchesASecond', 'the naive queries'],
    ['7', 'monitors', 'serverCpuMsAPoll', 'one'],
    ['7', 'monitors', 'serverCpuMsAPoll', 'fifty'],
    ['10', 'neverCountedMs'],
    ['10', 'hourLaterMs', 'large'],
  ])('measures figure %s, %s %s %s', (figure, ...path) => {
    expect(sampled(figure, ...path)).toMatchObject({ samples: expect.any(Number), median: expect.any(Number) });
  });

  it('measures the keys that a frame follows at once: on a slow machine, perhaps none of so few', () => {
    expect(sampled('4', 'migtop, large table', 'keyToLastByteMs')).toMatchObject({ samples: expect.any(Number) });
  });

  it.each(['small', 'large'])('measures the memory of the program on the %s table', (kind) => {
    expect(sampled('6', 'program', kind)).toMatchObject({ samples: expect.any(Number), rss: expect.any(Number) });
  });

  it('measures the server CPU of one monitor and of several', () => {
    for (const monitors of ['small', 'large', 'fifty'])
      expect(sampled('9', 'cpuShare', monitors)).toEqual({ polls: expect.any(Number), checks: expect.any(Number) });
    expect(sampled('9', 'monitors')).toBe(4);
  });

  it('finds all totals equal to the full count', () => {
    const { claims } = results.find(({ figure }) => figure === '2') ?? { claims: [] };
    expect(claims).toHaveLength(3);
    for (const claim of claims) expect(claim).toMatchObject({ measured: 0, met: true });
    for (const course of ['workersOnly', 'everything', 'large']) {
      expect(sampled('2', course, 'comparisons')).toBeGreaterThan(0);
      expect(sampled('2', course, 'changedRows')).toBeGreaterThan(0);
      expect(sampled('2', course, 'differences')).toEqual([]);
    }
  });

  it('measures the bytes of all six views', () => {
    expect(Object.keys(sampled('3', 'views') as object)).toEqual([
      'Overview',
      'Workers',
      'Failures',
      'Tables',
      'Operations',
      'Activity',
    ]);
  });

  it.skipIf(findPeers().pgActivity === null)('measures pg_activity for comparison', () => {
    expect(sampled('3', 'others', 'pg_activity')).toBeDefined();
    expect(sampled('4', 'pg_activity', 'keyToLastByteMs')).toBeDefined();
    expect(sampled('5', 'pg_activity', 'ms')).toMatchObject({ samples: expect.any(Number) });
    expect(sampled('6', 'pgActivity')).toMatchObject({ samples: expect.any(Number) });
    expect(sampled('7', 'batchesASecond', 'pg_activity')).toMatchObject({ samples: expect.any(Number) });
  });
});

describe('the options of the bench', () => {
  it.each([
    [['--rows', 'many'], '--rows must be a number above 0, not "many".'],
    [['--rows', '1.5e4.2'], '--rows must be a number above 0'],
    [['--rows', '5000'], '--rows must be more than --small (10000).'],
    [['--rows', '20000', '--pending', '15000'], '--pending must be at most half of --rows (20000).'],
    [['--only', '1,11'], 'There is no figure "11": --only takes 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, indexes.'],
    [['--samples', '1.5'], '--samples must be a whole number, not "1.5".'],
    [['--fast'], "Unknown option '--fast'"],
  ])('%j are refused with the reason', (args, message) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(message);
  });

  it('end the bench with exit code 2 if they are refused', async () => {
    const stderr = expect.stringContaining('--samples must be a whole number');
    await expect(bench('--samples', '1.5')).rejects.toMatchObject({ code: 2, stderr });
  });

  it('are listed by --help', () => {
    expect(parseOptions(['--help'])).toBeNull();
    for (const option of ['--rows', '--small', '--pending', '--only', '--samples', '--window', '--polls', '--data'])
      expect(help).toContain(option);
  });
});
