import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly datasource: unknown;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig: { readonly defaults: { readonly unit?: string }; readonly overrides: readonly unknown[] };
  readonly options?: {
    readonly legend?: unknown;
    readonly tooltip?: unknown;
    readonly reduceOptions?: unknown;
  };
  readonly targets: readonly { readonly refId: string; readonly datasource: unknown; readonly expr: string }[];
}

interface Dashboard {
  readonly id: null;
  readonly uid: string;
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
  readonly panels: readonly Panel[];
}

const dashboard = JSON.parse(
  await readFile(new URL('../../docs/grafana-dashboard.json', import.meta.url), 'utf8'),
) as Dashboard;
const source = { type: 'prometheus', uid: '$' + '{datasource}' };

// Grafana's JSON model: https://grafana.com/docs/grafana/latest/dashboards/json-model/
it('can be imported into any Grafana: it has no id, an uid of 8 to 40 characters, and asks for the data source', () => {
  expect(dashboard.id).toBeNull();
  expect(dashboard.uid).toMatch(/^[\w-]{8,40}$/);
  expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(36);
  expect(dashboard.templating.list.map(({ name, type }) => [name, type])).toEqual([
    ['datasource', 'datasource'],
    ['instance', 'query'],
  ]);
});

it('has panels of existing types, each with the fields that its type needs', () => {
  for (const { title, type, datasource, fieldConfig, options } of dashboard.panels) {
    expect([title, datasource]).toEqual([title, source]);
    expect([title, fieldConfig.defaults.unit, fieldConfig.overrides]).toEqual([title, expect.any(String), []]);
    if (type === 'timeseries') {
      const legend = { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] };
      expect([title, options?.legend]).toEqual([title, legend]);
      expect([title, options?.tooltip]).toEqual([title, { mode: 'multi', sort: 'none' }]);
    } else {
      expect([title, ['stat', 'gauge']]).toEqual([title, expect.arrayContaining([type])]);
      expect([title, options?.reduceOptions]).toEqual([title, { calcs: ['lastNotNull'], values: false, fields: '' }]);
    }
  }
});

it('asks only for the chosen instance of the chosen data source', () => {
  for (const { title, targets } of dashboard.panels) {
    expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    expect(targets.length).toBeGreaterThan(0);
    for (const { datasource, expr } of targets) {
      expect([title, datasource]).toEqual([title, source]);
      const metrics = expr.match(/\bmigtop_\w+/g) ?? [];
      expect([expr, expr.match(/migtop_\w+\{instance="\$instance"[,}]/g)?.length]).toEqual([expr, metrics.length]);
    }
  }
});

it('has panels that fill rows of 24 columns without overlapping', () => {
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
  const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  const bottom = Math.max(...dashboard.panels.map(({ gridPos: { y, h } }) => y + h));
  expect(cells.length).toBe(24 * bottom);
  expect(Math.max(...dashboard.panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
});
