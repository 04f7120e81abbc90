import { describe, expect, it } from 'vitest';
import { parseSince, sinceProblem, sinceTimestamp } from '../../source/domain/since.ts';
import { zoneOf } from '../../source/domain/zone.ts';

const now = Date.parse('2026-11-26T02:30:00Z') / 1000;
const at = (text: string) => {
  const since = parseSince(text);
  const timestamp = since === null ? null : sinceTimestamp(since, now);
  return timestamp === null ? null : new Date(timestamp * 1000).toISOString();
};

describe('since', () => {
  it.each([
    ['2h', '2026-11-26T00:30:00.000Z'],
    ['1d12h', '2026-11-24T14:30:00.000Z'],
    ['90s', '2026-11-26T02:28:30.000Z'],
    ['2w', '2026-11-12T02:30:00.000Z'],
    ['02:00', '2026-11-26T02:00:00.000Z'],
    ['22:00', '2026-11-25T22:00:00.000Z'],
    ['2026-11-25', '2026-11-25T00:00:00.000Z'],
    ['2026-11-25 22:00', '2026-11-25T22:00:00.000Z'],
    ['2026-11-25T22:00:30', '2026-11-25T22:00:30.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(at(text)).toBe(expected);
  });

  it('a number is an id', () => {
    expect(parseSince('4711')).toEqual({ text: '4711', kind: 'id', id: '4711' });
    expect(at('4711')).toBeNull();
  });

  it.each([
    '',
    ' ',
    'yesterday',
    '-5',
    '2h ago',
    '25:00',
    '12:60',
    '2026-02-30',
    '2026-13-01',
    '1.5h',
    '2026-11-25 22:00Z',
    '5x',
  ])('%j is nothing', (text) => {
    expect(parseSince(text)).toBeNull();
  });
});

it.each([
  ['over the hour that does not exist', '2026-03-29T02:30:00Z', '2h', '2026-03-29T01:30'],
  ['from the second of two equal hours', '2026-10-25T02:30:00Z', '1h', '2026-10-25T02:30'],
  ['over the second of two equal hours', '2026-10-25T02:30:00Z', '3h', '2026-10-25T01:30'],
  [
    'from the first of two equal hours, whose timestamps the second one has too',
    '2026-10-25T02:30:00Z',
    '2h',
    '2026-10-25T02:00',
  ],
  ['within the first of two equal hours', '2026-10-25T00:45:00Z', '30m', '2026-10-25T02:00'],
])('a duration is one of instants: %s', (_, instant, text, expected) => {
  const since = parseSince(text);
  if (since === null) expect.fail('the duration is not read');
  const timestamp = sinceTimestamp(since, Date.parse(instant) / 1000, zoneOf('Europe/Berlin', 3600)) ?? 0;
  expect(new Date(timestamp * 1000).toISOString().slice(0, 16)).toBe(expected);
});

it.each([
  ['06:', 'not complete'],
  ['2026-11', 'not complete'],
  ['2026-11-30 06:0', 'not complete'],
  ['25:70', 'no such time of the day (two digits each)'],
  ['6:00', 'no such time of the day (two digits each)'],
  ['2026-02-30', 'no such date and time'],
  ['9999999999999999999999', 'no such id'],
  ['2 hours', 'no such duration (units: w d h m s)'],
  ['tomorrow', 'neither a time nor a duration'],
])('says of %s why it is not read: %s', (given, problem) => {
  expect(parseSince(given)).toBeNull();
  expect(sinceProblem(given)).toBe(problem);
});
