import { memo } from 'react';
import { phaseRateAndEta } from '../domain/rate-and-eta.ts';
import { isCounting } from '../domain/snapshot.ts';
import { type MonitorState, shown } from '../monitor/state.ts';
import { count, eta, percent, rate } from '../presentation/figures.ts';
import { bar, cutLine, lineWidth, text } from '../presentation/line.ts';
import type { Line, Theme } from '../presentation/theme.ts';
import { countingLine } from './counting.ts';
import { type RowProps, Rows } from './rows.tsx';

/** The second row, painted from `migrationLine`. */
export const Migration = memo(({ row }: RowProps) => <Rows rows={[row]} />);

/** Line 2: the whole migration. */
export function migrationLine(state: MonitorState, theme: Theme): Line {
  const observation = shown(state);
  const { columns } = state.window;
  if (observation === null)
    return [text(state.connection.kind === 'lost' ? ' nothing read yet' : ' reading the table …', 'dim')];
  const { migration } = observation;
  if (isCounting(observation.snapshot)) return countingLine(observation, columns, theme);
  if (migration.operations === 0) return [text(' the table has no operations yet', 'dim')];
  const current = phaseRateAndEta(observation);
  const range = eta(current.eta);
  const uncertain = migration.isUnclear ? '?' : '';
  const records =
    migration.totalRecords === null
      ? [text(`${count(migration.recordsProcessed, 7)}${uncertain} records`)]
      : [text(`${count(migration.recordsProcessed, 7)}${uncertain}/${count(migration.totalRecords, 7)}`)];
  const line: Line = [
    text(` ${migration.currentPhase ?? ''} `, 'strong'),
    ...bar(
      migration.percent === null ? null : migration.percent / 100,
      Math.max(12, Math.min(100, columns - 58)),
      theme,
      'live',
    ),
    text(` ${percent(migration.percent)}`, 'strong'),
    text('  '),
    ...records,
    text(`  ${rate(current.recordsPerSecond, 9)} rec/s`),
  ];
  const end: Line =
    range === '' ? [] : [text(`  ETA ${theme.glyphs.separator === '|' ? range.replace('–', '-') : range}`)];
  // An ETA that is cut would be another ETA.
  return cutLine(lineWidth(line) + lineWidth(end) <= columns ? [...line, ...end] : line, columns, theme);
}
