import type { ConditionFigures, CountName } from './condition-figures.ts';
import { nearName } from './near-name.ts';
import { parseSince } from './since.ts';

/** A condition of `--fail-on`, `--warning` and `--critical`: a figure compared with a limit, or `late`. */
export type FigureCondition =
  | Comparison
  /** The deadline of `--until` has passed, or even the earliest end by the ETA is after it. */
  | { readonly text: string; readonly kind: 'late' };

export interface Comparison {
  /** As it is written, without blanks: `unresolved>5%`. */
  readonly text: string;
  readonly kind: 'count' | 'share' | 'percent' | 'rate' | 'age' | 'eta';
  /** Its figure: a number or a share of operations for `count` and `share`. */
  readonly name: FigureName;
  readonly operator: Comparator;
  /** In percent for `share` and `percent`, in seconds for `age` and `eta`. */
  readonly limit: number;
}

export type Comparator = '>' | '>=' | '<' | '<=' | '=' | '!=';

const counts = [
  'operations',
  'pending',
  'running',
  'paused',
  'completed',
  'failed',
  'skipped',
  'unresolved',
  'stalled',
] as const satisfies readonly CountName[];

/** The figures that a condition may compare. `age` is the age of the data: the time since the last poll that was answered. */
export const figureNames = [...counts, 'percent', 'rate', 'age', 'eta'] as const;
export type FigureName = (typeof figureNames)[number];

/** The forms of a condition, for messages. */
export const conditionForms = 'conditions such as unresolved>5, unresolved>5%, stalled>0, age>60s or late';

export type ParsedConditions =
  | { readonly kind: 'ok'; readonly conditions: readonly FigureCondition[] }
  /** The problem repeats nothing of the text but names that are known. */
  | { readonly kind: 'wrong'; readonly problem: string };

/** Reads conditions that are separated by commas. */
export function parseConditions(text: string): ParsedConditions {
  const conditions: FigureCondition[] = [];
  for (const part of text.split(',')) {
    const condition = parseCondition(part.replaceAll(/\s/g, ''));
    if (typeof condition === 'string') return { kind: 'wrong', problem: condition };
    conditions.push(condition);
  }
  return { kind: 'ok', conditions };
}

/** The condition, or why the text is none. */
function parseCondition(text: string): FigureCondition | string {
  if (text.toLowerCase() === 'late') return { text: 'late', kind: 'late' };
  if (/^late\W/i.test(text)) return 'takes late alone: it compares the ETA with the deadline of --until';
  const [, word = '', operator, value = ''] = /^([a-z]+)(>=|<=|!=|<>|==|=|>|<)(.+)$/i.exec(text) ?? [];
  if (operator === undefined) return `takes ${conditionForms}`;
  const name = figureNames.find((one) => one === word.toLowerCase());
  if (name === undefined) {
    const near = nearName(word, [...figureNames, 'late']);
    return near === null ? `compares one of ${figureNames.join(', ')}` : `knows no such figure; did you mean ${near}?`;
  }
  const parsed = limitOf(name, value);
  if (typeof parsed === 'string') return parsed;
  const plain = operator === '<>' ? '!=' : operator === '==' ? '=' : (operator as Comparator);
  return { ...parsed, text: `${name}${plain}${value}`, name, operator: plain };
}

function limitOf(name: FigureName, value: string): Pick<Comparison, 'kind' | 'limit'> | string {
  if (name === 'age' || name === 'eta') {
    const since = /^\d+(?:\.\d+)?s$/.test(value) ? Number.parseFloat(value) : parseSince(value);
    const seconds = typeof since === 'number' ? since : since?.kind === 'ago' ? since.seconds : null;
    return seconds === null ? `takes a duration after ${name}, such as 60s or 2h` : { kind: name, limit: seconds };
  }
  const [, number, unit] = /^(\d{1,15}(?:\.\d{1,6})?)(%?)$/.exec(value) ?? [];
  if (number === undefined) return `takes a number after ${name}, such as 5 or 5%`;
  const limit = Number(number);
  if (name === 'percent') return { kind: 'percent', limit };
  if (name === 'rate') return unit === '%' ? 'takes records a second after rate' : { kind: 'rate', limit };
  if (unit === '%' && name === 'operations') return 'takes a number after operations';
  return { kind: unit === '%' ? 'share' : 'count', limit };
}

/** Whether a condition is true; null if its figure is not known. */
export function isTrue(condition: FigureCondition, figures: ConditionFigures): boolean | null {
  if (condition.kind === 'late') return figures.isLate;
  const value = figureOf(condition, figures);
  return value === null ? null : compared(value, condition.operator, condition.limit);
}

/** The figure that a condition compares. */
export function figureOf({ kind, name }: Comparison, figures: ConditionFigures): number | null {
  switch (kind) {
    case 'count':
      return countOf(name, figures);
    case 'share': {
      const value = countOf(name, figures);
      const { operations } = figures.counts;
      if (value === null || operations === null) return null;
      return operations === 0 ? 0 : (value / operations) * 100;
    }
    case 'percent':
      return figures.percent;
    case 'rate':
      return figures.recordsPerSecond;
    case 'age':
      return figures.ageSeconds;
    case 'eta':
      return figures.etaSeconds;
  }
}

function countOf(name: FigureName, { counts: known }: ConditionFigures): number | null {
  const count = counts.find((one) => one === name);
  return count === undefined ? null : known[count];
}

function compared(value: number, operator: Comparator, limit: number): boolean {
  switch (operator) {
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '=':
      return value === limit;
    case '!=':
      return value !== limit;
  }
}

/** Whether a condition needs figures of the whole table, so that all of it has to be counted. */
export function needsTotals(condition: FigureCondition): boolean {
  if (condition.kind !== 'count') return condition.kind !== 'age';
  return !['running', 'paused', 'failed', 'unresolved', 'stalled'].includes(condition.name);
}

/** Whether a condition needs rates, which only polls over some time show. */
export function needsRates({ kind }: FigureCondition): boolean {
  return kind === 'rate' || kind === 'eta' || kind === 'late';
}
