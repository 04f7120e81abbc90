import { expect, it } from 'vitest';
import { withCombined } from '../../source/domain/combined-events.ts';
import type { WatchedEvent } from '../../source/domain/watched-events.ts';
import { eventText } from '../../source/presentation/event-text.ts';
import { operation } from '../support/fixtures.ts';

const again = (id: number, at: number): WatchedEvent => ({
  at,
  key: `event ${id}`,
  what: { kind: 'moving again', operation: operation({ id, tableName: 'cases' }) },
});
const lost: WatchedEvent = { at: 5, key: 'lost', what: { kind: 'lost', problem: 'gone' } };

it('operations that progress again at about the same time are one event with their number', () => {
  const events = withCombined([again(1, 0)], [lost, again(2, 10), again(3, 40)]);
  expect(events.map(({ at, key, what }) => [at, key, eventText(what).text])).toEqual([
    [5, 'lost', 'gone'],
    [40, 'event 1', '3 stalled operations progress again'],
  ]);
  expect(eventText(withCombined([], [again(1, 0)])[0]?.what ?? lost.what)).toMatchObject({
    operationId: 1,
    tableName: 'cases',
    text: 'progresses again',
  });
  // One that stalled and progressed again is not another operation.
  expect(withCombined(events, [again(2, 50)]).map(({ what }) => eventText(what).text)).toEqual([
    'gone',
    '3 stalled operations progress again',
    'progresses again',
  ]);
  // Much later it is another one.
  expect(withCombined(events, [again(4, 500)])).toHaveLength(3);
});
