import { type Comparator, type Comparison, type FigureCondition, figureOf, isTrue } from '../domain/condition.ts';
import type { ConditionFigures } from '../domain/condition-figures.ts';
import { statuses } from '../domain/operation.ts';
import { measuredText, trueText } from './condition-text.ts';
import { earlierText } from './earlier-text.ts';
import { deadlineNamed, deadlineText } from './ends.ts';
import { count, stalledText } from './figures.ts';
import { phasePercent } from './more-records.ts';
import { retriedInBrackets } from './retried-text.ts';
import { withoutBars } from './unknown-line.ts';

/** The states of a monitoring plugin. */
export type CheckState = 'OK' | 'WARNING' | 'CRITICAL' | 'UNKNOWN';

/** The conditions of `--warning` and `--critical`. */
export interface Thresholds {
  readonly warning: readonly FigureCondition[];
  readonly critical: readonly FigureCondition[];
}

/** The result of a check, by the guidelines for monitoring plugins: one line, its performance data behind a bar. */
export interface CheckResult {
  readonly state: CheckState;
  readonly line: string;
}

/**
 * Judges the figures. A condition on a figure that is not known makes the result UNKNOWN, unless a more serious state is certain. The line
 * names all conditions that are true or not known, those of the worst state first.
 *
 * @param phase the current phase; null without operations
 */
export function checkResult(figures: ConditionFigures, thresholds: Thresholds, phase: string | null): CheckResult {
  const { warning, critical } = thresholds;
  const isSo = (one: FigureCondition): boolean => isTrue(one, figures) === true;
  // Without an ETA nothing is known to be late. When nothing is open, there is no rate to judge.
  const canBeUnknown = ({ kind }: FigureCondition): boolean =>
    kind === 'count' || kind === 'share' || ((kind === 'rate' || kind === 'percent') && hasOpen(figures));
  const unknown = [...critical, ...warning].filter((one) => canBeUnknown(one) && isTrue(one, figures) === null);
  const [criticals, warnings] = [critical.filter(isSo), warning.filter(isSo)];
  const state =
    criticals.length > 0 ? 'CRITICAL' : unknown.length > 0 ? 'UNKNOWN' : warnings.length > 0 ? 'WARNING' : 'OK';
  // The conditions of the state are first; those of the states behind it follow with their names.
  const named = new Set(criticals.map(({ text }) => text));
  const others = warnings.filter(({ text }) => !named.has(text));
  const parts = [
    ...(criticals.length > 0 ? [trueText(criticals, figures)] : []),
    ...(unknown.length > 0 ? [unknownText(unknown, figures)] : []),
    ...(others.length > 0 ? [`${state === 'WARNING' ? '' : 'warning: '}${trueText(others, figures)}`] : []),
  ];
  return result(state, [...parts, summaryText(figures, phase)], figures, thresholds);
}

/** `not known: rate<100, rate measured of 19 of 29 running only (--sample 60)`. */
function unknownText(unknown: readonly FigureCondition[], { measured }: ConditionFigures): string {
  const isOfRate = measured !== undefined && unknown.some(({ kind }) => kind === 'rate');
  return `not known: ${[...unknown.map(({ text }) => text), ...(isOfRate ? [measuredText(measured)] : [])].join(', ')}`;
}

function hasOpen({ counts }: ConditionFigures): boolean {
  return counts.pending !== 0 || counts.running !== 0 || counts.paused !== 0;
}

function result(
  state: CheckState,
  parts: readonly string[],
  figures: ConditionFigures,
  thresholds: Thresholds,
): CheckResult {
  return { state, line: `MIGTOP ${state}: ${withoutBars(parts.join('; '))} | ${performanceData(figures, thresholds)}` };
}

function summaryText(
  { counts, suspected = 0, retries, due, earlier, ...figures }: ConditionFigures,
  phase: string | null,
): string {
  const listed = (['running', 'stalled', 'paused', 'unresolved', 'failed', 'pending', 'completed'] as const).flatMap(
    (name) => {
      const value = counts[name] ?? 0;
      // All failures are resolved or accepted.
      const isResolved = name === 'unresolved' && counts.unresolved === 0 && (counts.failed ?? 0) > 0;
      if (value === 0 && !isResolved) return [];
      if (name === 'stalled') return [stalledText(value, suspected)];
      return [`${count(value)} ${name}${name === 'unresolved' ? retriedInBrackets(retries, value) : ''}`];
    },
  );
  const done = figures.percent === null ? '' : ` ${phasePercent(figures)}`;
  const before = earlier === undefined ? '' : `; before --since, not counted: ${earlierText(earlier)}`;
  const summary = `${[`${phase ?? 'no operations'}${done}`, ...listed].join(', ')}${before}`;
  if (due === undefined || due.verdict.kind === 'done') return summary;
  const text = deadlineText(due.verdict, due.leftOut).replaceAll('–', '-');
  return `${summary}; ${deadlineNamed(text, due.name).join(' ')}`;
}

function performanceData(figures: ConditionFigures, thresholds: Thresholds): string {
  const { counts, percent, recordsPerSecond, etaSeconds } = figures;
  const all = [...thresholds.warning, ...thresholds.critical].flatMap((one) => (one.kind === 'late' ? [] : [one]));
  const shares = [...new Set(all.flatMap(({ kind, name }) => (kind === 'share' ? [name] : [])))];
  const shareOf = (name: string): number | null => {
    const condition = all.find((one) => one.kind === 'share' && one.name === name);
    return condition === undefined ? null : figureOf(condition, figures);
  };
  const names = ['operations', ...statuses, 'unresolved', 'stalled'] as const;
  return [
    ...names.map((name) => datum(name, '', counts[name], '', limits('count', name, thresholds))),
    ...shares.map((name) => datum(`${name}_percent`, '%', shareOf(name), '100', limits('share', name, thresholds))),
    datum('percent', '%', percent, '100', limits('percent', 'percent', thresholds)),
    datum('rate', '', recordsPerSecond, '', limits('rate', 'rate', thresholds)),
    datum('eta', 's', etaSeconds, '', limits('eta', 'eta', thresholds)),
  ]
    .flat()
    .join(' ');
}

/** `label=value[unit];[warning];[critical];[minimum];[maximum]`; nothing for an unknown value. */
function datum(
  label: string,
  unit: string,
  value: number | null,
  maximum: string,
  [warning, critical]: readonly [string, string],
): string[] {
  if (value === null) return [];
  const end = maximum === '' ? '' : `;${maximum}`;
  return [`${label}=${Math.round(value * 100) / 100}${unit};${warning};${critical};0${end}`];
}

function limits(kind: Comparison['kind'], name: string, { warning, critical }: Thresholds): readonly [string, string] {
  const rangeIn = (conditions: readonly FigureCondition[]): string => {
    const found = conditions.find((one) => one.kind === kind && one.name === name);
    return found === undefined || found.kind === 'late' ? '' : rangeOf(found);
  };
  return [rangeIn(warning), rangeIn(critical)];
}

/** The range of good values as plugins write it: `5` for 0 to 5, `5:` for 5 and more; '' if no range is the same. */
function rangeOf({ operator, limit, kind }: Comparison): string {
  const step = kind === 'count' ? 1 : 0;
  const ranges: Readonly<Record<Comparator, string>> = {
    '>': String(limit),
    '>=': step > 0 && limit < 1 ? '' : String(limit - step),
    '<': `${limit}:`,
    '<=': `${limit + step}:`,
    '=': '',
    '!=': '',
  };
  return ranges[operator];
}
