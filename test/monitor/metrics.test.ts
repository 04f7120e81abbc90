import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createConnectionReport, createExporter } from '../../source/commands/metrics.ts';
import { createMetrics, mostTables } from '../../source/monitor/metrics.ts';
import { fakeTable, lostConnection } from '../support/fake-table.ts';
import { operation, takenAt } from '../support/fixtures.ts';
import { monitorsUnderTest, second } from '../support/operator.ts';

const open = monitorsUnderTest();
const clock = { now: () => performance.now(), date: () => Date.now() };

async function exported(rows: Parameters<typeof fakeTable>[0], given: Parameters<typeof open>[1] = {}) {
  const table = fakeTable(rows);
  const operator = await open(table, given);
  const { store } = operator.monitor;
  const exporter = createExporter({ ...clock, now: () => store.state().nowMs }, '1.2.3');
  exporter.take(store.state());
  store.subscribe(() => exporter.take(store.state()));
  const page = async (path = '/metrics') => (await exporter.answer(path)) ?? { status: 404, text: '' };
  return { table, operator, page };
}

describe('the metrics', () => {
  it('have the figures of the screen', async () => {
    const failed = (id: number, errorMessage: string) =>
      operation({
        id,
        status: 'failed',
        completedAt: takenAt - 60,
        errorMessage,
        sourceQuery: `SELECT ${id}`,
        validationQuery: null,
      });
    const { operator, page } = await exported([
      operation({ id: 1, startedAt: takenAt - 1 }),
      operation({
        id: 2,
        tableName: 'ca"s\u001B[31mes',
        status: 'completed',
        completedAt: takenAt,
        recordsProcessed: 1000,
      }),
      failed(3, 'ERROR: 22001: value too long'),
      failed(4, 'ERROR: 22001: value too short'),
      failed(5, 'disk full'),
    ]);
    await operator.waits(1);
    const { text } = await page();
    for (const line of [
      'migtop_build_info{version="1.2.3"} 1',
      'migtop_up 1',
      'migtop_polls_total 2',
      'migtop_operations{phase="execution",table="brackets",status="running"} 1',
      'migtop_operations{phase="execution",table="brackets",status="failed"} 3',
      'migtop_operations{phase="execution",table="ca\\"ses",status="completed"} 1',
      'migtop_unresolved_failures{sqlstate="22001"} 2',
      'migtop_unresolved_failures{sqlstate="none"} 1',
      'migtop_stalled_operations{reason="still"} 0',
      'migtop_counted_ratio 1',
    ])
      expect(text.split('\n')).toContain(line);
    expect(text).not.toContain('migtop_eta_');
    expect((await page('/healthz')).status).toBe(200);
  });

  it('have no share of a phase whose completed operations count no records', async () => {
    const found = { phase: 'discovery', status: 'completed', completedAt: takenAt } as const;
    const { operator, page } = await exported([
      operation({ id: 1, ...found, recordsProcessed: 0, totalRecords: 40 }),
      operation({ id: 2, status: 'running', recordsProcessed: 0, totalRecords: 40 }),
    ]);
    await operator.waits(1);
    const { text } = await page();
    expect(text).toContain('migtop_phase_operations{phase="discovery"} 1');
    expect(text).not.toContain('migtop_phase_progress_ratio{phase="discovery"}');
    expect(text).toContain('migtop_phase_progress_ratio{phase="execution"} 0');
  });

  it('have no figures while the database is not reachable, and have them again', async () => {
    const { table, operator, page } = await exported([operation({ id: 1, startedAt: takenAt - 1 })]);
    await operator.waits(1);
    const said: string[] = [];
    const report = createConnectionReport((line) => said.push(line));
    operator.monitor.store.subscribe(() => report(operator.monitor.store.state()));
    table.gone = lostConnection;
    await second(table, 3);
    const { text } = await page();
    expect(text).toContain('\nmigtop_up 0\n');
    expect(text).toMatch(/migtop_poll_failures_total [1-9]/);
    expect(text).not.toMatch(/migtop_operations|migtop_stalled|migtop_records/);
    expect((await page('/healthz')).status).toBe(503);
    table.gone = null;
    await second(table, 10);
    expect((await page()).text).toContain('migtop_operations{');
    expect(said).toEqual([
      `connection lost: ${lostConnection.message}`,
      expect.stringMatching(/^connected again after \d+s$/),
    ]);
  });

  it('say that there are none before the first connection', async () => {
    const { text } = (await createExporter(clock, '1.2.3').answer('/metrics')) ?? { text: '' };
    expect(text).toContain('\nmigtop_up 0\n');
    expect(text).not.toContain('migtop_operations');
  });

  it('have no figures of a poll that is not answered', async () => {
    const { table, operator, page } = await exported([operation({ id: 1, startedAt: takenAt - 1 })]);
    await operator.waits(1);
    const held = table.hold('poll');
    await second(table, 20);
    expect((await page()).text).toContain('\nmigtop_up 0\n');
    held.end();
  });

  it('name a limited number of tables, which stay the same during a migration', async () => {
    const rows = Array.from({ length: mostTables + 50 }, (_, index) =>
      operation({
        id: index + 1,
        tableName: `t${String(index).padStart(4, '0')}`,
        status: 'completed',
        completedAt: takenAt,
      }),
    );
    const { table, operator } = await exported(rows);
    const metricsOf = createMetrics('1');
    const polls = { polls: 1, failures: 0, seconds: 0, answeredAt: 0 };
    const tablesOf = () => {
      const metric = metricsOf(operator.state(), polls).find(({ name }) => name === 'migtop_records_processed');
      return metric?.samples.map(({ labels }) => labels?.table) ?? [];
    };
    const first = tablesOf();
    expect(first).toHaveLength(mostTables + 1);
    expect(first).toContain('other');
    table.rows = [...rows, ...[1, 2, 3].map((id) => operation({ id: 9000 + id, tableName: 't0249', version: '9' }))];
    await operator.waits(1);
    expect(tablesOf()).toEqual(first);
    // The next migration has other tables in the same control table.
    table.rows = ['new', 'newer'].map((tableName, index) => operation({ id: 9100 + index, tableName }));
    await operator.waits(1);
    expect(tablesOf()).toEqual(['new', 'newer']);
  });

  it('exist, with their labels, where the dashboard, the alert rules and the documents name them', async () => {
    const { operator, page } = await exported([
      operation({ id: 1, startedAt: takenAt - 1 }),
      operation({ id: 2, status: 'completed', completedAt: takenAt, recordsProcessed: 1000 }),
      operation({ id: 3, status: 'failed', completedAt: takenAt - 60, errorMessage: 'disk full' }),
    ]);
    await operator.waits(1);
    const labels = new Map<string, Set<string>>();
    for (const [, name = '', pairs = ''] of (await page()).text.matchAll(/^(migtop_\w+)(?:\{(.*)\})? /gm)) {
      const known = labels.get(name) ?? new Set(['instance', 'job']);
      for (const [, label = ''] of pairs.matchAll(/(\w+)="/g)) known.add(label);
      labels.set(name, known);
    }
    expect(labels.size).toBeGreaterThan(15);
    const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
    // Some exist only at times, such as those of an ETA.
    const sources = await Promise.all(['metrics', 'failure-metrics'].map((name) => read(`source/monitor/${name}.ts`)));
    const named = new Set(sources.join('').match(/(?<=name: ')migtop_\w+/g));
    expect([...labels.keys()].filter((name) => !named.has(name))).toEqual([]);
    for (const path of ['docs/grafana-dashboard.json', 'docs/alerts.yml', 'docs/scripts.md']) {
      const text = (await read(path)).replaceAll('\\"', '"');
      const used = [...text.matchAll(/\b(migtop_[a-z_]+)(?:\{([^{}]*)\})?/g)].filter(
        ([, name]) => name !== 'migtop_critical',
      );
      expect(used.length).toBeGreaterThan(5);
      for (const [all, name = '', pairs = ''] of used) {
        expect([path, all, named.has(name)]).toEqual([path, all, true]);
        for (const [, label = ''] of pairs.matchAll(/(\w+)\s*(?:=~|!=|!~|=)/g))
          expect([path, all, label, labels.get(name)?.has(label) ?? true]).toEqual([path, all, label, true]);
      }
      const grouping = text.matchAll(/\b(?:sum|max|min) by \(([^)]*)\) \((migtop_\w+)/g);
      for (const [all, by = '', name = ''] of grouping)
        for (const label of by.split(/,\s*/)) expect([all, labels.get(name)?.has(label) ?? true]).toEqual([all, true]);
    }
  });
});
