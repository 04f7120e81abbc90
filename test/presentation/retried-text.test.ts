import { expect, it } from 'vitest';
import { retriedNotes, retriedSentence } from '../../source/presentation/retried-text.ts';

it.each([
  [12, 12, 0, 'all retrying', 'all 12 are retrying'],
  [12, 3, 0, '3 retrying', '3 of 12 are retrying'],
  [12, 12, 12, 'all retries paused', 'the retries of all 12 are paused'],
  [12, 1, 1, '1 retry paused', 'the retry of 1 of 12 is paused'],
  [12, 12, 2, '10 retrying, 2 paused', '10 of 12 are retrying, 2 retries are paused'],
  [1, 1, 0, 'all retrying', 'it is retrying'],
  [1, 1, 1, 'all retries paused', 'its retry is paused'],
])(
  '%d unresolved failures, %d of them with an open retry, %d of these paused',
  (unresolved, open, paused, cell, sentence) => {
    const retries = { open, paused, mayBePaused: false };
    expect(retriedNotes(retries, unresolved)[0]).toBe(cell);
    expect(retriedSentence(retries, unresolved)).toBe(sentence);
  },
);

it('does not say that failures are retrying if a poll does not list all that is paused', () => {
  const retries = { open: 3, paused: 1, mayBePaused: true };
  expect(retriedNotes(retries, 12)).toEqual(['3 with an open retry', '3 open']);
  expect(retriedSentence(retries, 12)).toBe('3 of 12 have an open retry');
});
