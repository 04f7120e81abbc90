import { describe, expect, it } from 'vitest';
import { headerLine } from '../../source/screen/frame.ts';
import { lookOf } from '../../source/screen/look.ts';
import { migrationState } from '../support/fixtures.ts';

function header(table: string, namesakes: readonly string[] = []): string {
  const state = migrationState({ columns: 120, rows: 40 });
  const line = headerLine({ ...state, target: { ...state.target, table, namesakes } }, lookOf({ LANG: 'C.UTF-8' }));
  return line.map(({ text }) => text).join('');
}

describe('the header', () => {
  it('leaves the schema public out', () => {
    expect(header('public.migration_control')).toContain('ops@db1/dispatch · migration_control ');
  });

  it('names since when operations are shown, however narrow the window is', () => {
    const state = migrationState({ columns: 80, rows: 24 });
    const scope = { text: '2026-11-25 22:00', firstId: '7', startedAt: null };
    const named = { ...state, target: { ...state.target, scope, host: 'a-long-name.of.a.host.example.org' } };
    const line = headerLine(named, lookOf({ LANG: 'C.UTF-8' }));
    expect(line.map(({ text }) => text).join('')).toContain('… since 2026-11-25 22:00 ');
  });

  it('names every schema where several have a table of that name', () => {
    expect(header('public.migration_control', ['app.migration_control'])).toContain(
      'dispatch · public.migration_control ',
    );
    expect(header('app.migration_control', ['public.migration_control'])).toContain(
      'dispatch · app.migration_control ',
    );
  });
});
