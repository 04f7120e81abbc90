import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take longest, in this order. Without a cache of earlier durations, as in CI, vitest begins with the largest
 * files: then a short file that waits for minutes would run alone at the end.
 */
const slowest = [
  'database/traps',
  'end-to-end/drill',
  'bench/smoke',
  'worker/cut',
  'demo/demo-command',
  'database/following-tables',
  'polling/report',
  'database/act-many',
  'end-to-end/stopped-answer',
  'worker/histories',
  'end-to-end/input',
  'end-to-end/leaving',
  'end-to-end/plain',
  'database/role-settings',
  'database/cut-writes',
  'polling/failures',
  'end-to-end/start',
  'database/libpq/pooler',
  'end-to-end/hang-up',
  'end-to-end/slow-terminal',
  'commands/status-rates',
  'database/libpq/as-psql-does',
];

function placeOf({ moduleId }: TestSpecification): number {
  const place = slowest.findIndex((name) => moduleId.includes(`/test/${name}.test.`));
  return place === -1 ? slowest.length : place;
}

export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // A stable sort: the others stay in the order of vitest.
    return (await super.sort(files)).toSorted((one, other) => placeOf(one) - placeOf(other));
  }
}
