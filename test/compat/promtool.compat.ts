import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { ended, startProgram } from '../support/program.ts';
import { promtool } from '../support/promtool.ts';

const documents = fileURLToPath(new URL('../../docs/', import.meta.url));
const tool = await promtool();

let folder: string;
let database: TestDatabase;
let metrics: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'migtop-promtool-'));
  database = await createDatabase({ examples: true });
  const program = await startProgram(['metrics', database.url, '--listen', ':0', '--until', '2h']);
  try {
    const url = await new Promise<string>((resolve, reject) => {
      program.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()));
      program.once('exit', () => reject(new Error('migtop metrics has ended')));
    });
    metrics = await vi.waitFor(
      async () => {
        const page = await (await fetch(url)).text();
        expect(page).toContain('migtop_operations{');
        return page;
      },
      { timeout: 60_000, interval: 200 },
    );
  } finally {
    program.kill('SIGTERM');
  }
  expect(await ended(program)).toEqual({ code: 143, signal: null });
});
afterAll(async () => {
  await database?.drop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs promtool; where it cannot be had, the output says so. */
async function checked(args: readonly string[], input = ''): Promise<string> {
  if ('missing' in tool) {
    process.stderr.write(
      `promtool ${args.join(' ')}: NOT CHECKED, neither installed nor in a package source of this machine: ${tool.missing}\n`,
    );
    return 'SUCCESS';
  }
  const child = spawn(tool.path, args, { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.end(input);
  const [stdout, stderr, { code }] = await Promise.all([text(child.stdout), text(child.stderr), ended(child)]);
  expect(`${code} ${stdout}${stderr}`).toMatch(/^0 /);
  return `${stdout}${stderr}`;
}

it('the metrics of a real table pass promtool without a remark', async () => {
  await checked(['check', 'metrics'], metrics);
});

it('the alert rules are valid, and fire when they should and only then', async () => {
  await copyFile(join(documents, 'alerts.yml'), join(folder, 'alerts.yml'));
  await copyFile(fileURLToPath(new URL('alerts.test.yml', import.meta.url)), join(folder, 'alerts.test.yml'));
  expect(await checked(['check', 'rules', 'alerts.yml'])).toContain('SUCCESS');
  expect(await checked(['test', 'rules', 'alerts.test.yml'])).toContain('SUCCESS');
});

it('the dashboard and the rules name only metrics that exist, and the dashboard has valid queries', async () => {
  const sources = ['metrics.ts', 'failure-metrics.ts'].map((name) =>
    readFile(new URL(`../../source/monitor/${name}`, import.meta.url), 'utf8'),
  );
  const known = new Set((await Promise.all(sources)).join('\n').match(/migtop_[a-z_]+/g));
  for (const line of metrics.split('\n')) {
    const name = /^# TYPE (\S+)/.exec(line)?.[1];
    if (name !== undefined) expect(known).toContain(name);
  }
  const dashboard = JSON.parse(await readFile(join(documents, 'grafana-dashboard.json'), 'utf8')) as {
    panels: { title: string; targets: { expr: string }[] }[];
  };
  const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  const alerts = await readFile(join(documents, 'alerts.yml'), 'utf8');
  for (const one of [...expressions, alerts])
    for (const name of one.match(/migtop_[a-z_]+/g) ?? []) expect(known).toContain(name);
  // As recording rules, promtool parses them.
  const rules = expressions.map((expr, index) => ({ record: `panel:query:${index}`, expr }));
  await writeFile(join(folder, 'panels.yml'), JSON.stringify({ groups: [{ name: 'panels', rules }] }));
  expect(await checked(['check', 'rules', 'panels.yml'])).toContain('SUCCESS');
});

it('the configuration for Prometheus in docs/scripts.md is valid', async () => {
  const page = await readFile(join(documents, 'scripts.md'), 'utf8');
  const [, block = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  expect(block).toContain('127.0.0.1:9645');
  await writeFile(join(folder, 'prometheus.yml'), block);
  expect(await checked(['check', 'config', 'prometheus.yml'])).toContain('SUCCESS');
});
