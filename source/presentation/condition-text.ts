import { type Comparison, type FigureCondition, figureOf } from '../domain/condition.ts';
import type { ConditionFigures } from '../domain/condition-figures.ts';
import { age, count, duration, percent, rate, stalledText } from './figures.ts';
import { phasePercent } from './more-records.ts';

/** The figure of a condition, in words: `39 unresolved`, `7.1% unresolved (39 of 549)`. Only ASCII: monitoring systems show it. */
export function figureText(condition: FigureCondition, figures: ConditionFigures): string {
  if (condition.kind === 'late')
    return (figures.due?.leftSeconds ?? 0) < 0
      ? `the deadline passed ${age(-(figures.due?.leftSeconds ?? 0))} ago`
      : 'the deadline will be missed';
  const value = figureOf(condition, figures);
  const { name } = condition;
  if (value === null) return `${name} is not known`;
  switch (condition.kind) {
    case 'count':
      if (name === 'stalled') return stalledText(value, figures.suspected ?? 0);
      return name === 'operations' ? `${count(value)} operations` : `${count(value)} ${name}`;
    case 'share':
      return `${percent(value)} ${name} (${partText(condition, figures)})`;
    case 'percent':
      return `${phasePercent(figures)} done`;
    case 'rate':
      return `${rate(value)} rec/s`;
    case 'age':
      return `the last answer of the database is ${duration(value)} old`;
    case 'eta':
      return `done in up to ${duration(value)}`;
  }
}

/** How long a sample is at least that is advised, in seconds. */
export const shortestSample = 60;

/**
 * How a rate that is not known is measured: `rate measured of 19 of 29 running only (--sample 60)`.
 *
 * @param seconds how long a sample is advised
 */
export function measuredText(
  { operations, running }: NonNullable<ConditionFigures['measured']>,
  seconds = shortestSample,
): string {
  const measured =
    operations === 0 ? 'rate not measured' : `rate measured of ${count(operations)} of ${count(running)} running only`;
  return `${measured} (--sample ${seconds})`;
}

function partText({ name }: Comparison, { counts }: ConditionFigures): string {
  const part = counts[name as keyof typeof counts] ?? 0;
  return `${count(part)} of ${count(counts.operations ?? 0)}`;
}

/** The conditions that are true, each with its figure: `39 unresolved (unresolved>5)`. */
export function trueText(conditions: readonly FigureCondition[], figures: ConditionFigures): string {
  return conditions.map((one) => `${figureText(one, figures)} (${one.text})`).join(', ');
}
