import { expect, it } from 'vitest';
import { coursesOf } from '../../source/domain/courses.ts';

/** Minutes of work, the newest first: the last ones at three times the time of a record. */
function pointsOf(minutes: number, slow: number) {
  let at = 0;
  return Array.from({ length: minutes }, (_, index) => {
    const records = index < slow ? 20 : 60;
    at -= records;
    return { at: at + records / 2, records, seconds: 60 };
  });
}

it.each([1, 2, 3])('has no course without end %i min after a sudden slowdown early in the work', (slow) => {
  const points = pointsOf(12, slow);
  const done = points.reduce((sum, { records }) => sum + records, 0);
  const courses = coursesOf(points, { done, remaining: 20_000, gapSeconds: 2 });
  const ends = courses.map(({ seconds }) => seconds / 60 / 60);
  // At the new speed it takes 16.7 hours, at the one before 5.6.
  expect(Math.max(...ends)).toBeGreaterThan(16);
  expect(Math.max(...ends)).toBeLessThan(60);
});
