import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take longest, in this order. Without a cache of earlier durations, as in CI, vitest begins with the largest
 * files: then a short file that waits for minutes would run alone at the end.
 */
const slowest = [
  'bench/smoke',
  'database/traps',
  'end-to-end/drill',
  'database/libpq/as-psql-does',
  'demo/demo-command',
  'docs/examples',
  'commands/closed-pipes',
  'database/options-foreign',
  'database/following-tables',
  'polling/report',
  'database/act-many',
  'end-to-end/stopped-answer',
  'worker/histories',
  'database/role-settings',
  'database/cut-writes',
  'polling/failures',
  'end-to-end/start',
  'database/libpq/pooler',
  'database/following-rows',
  'commands/status-rates',
  'domain/rate-simulation',
  'domain/several-sessions',
  'domain/incident-eta',
  'presentation/text-width',
];

/** The projects of `vitest.config.ts` in the order in which they run: what waits for servers and terminals first. */
const groups = ['server', 'screen', 'memory'];

/** The place of a file in the run: of its project first, then among the slowest. */
function placeOf({ moduleId, project }: TestSpecification): { readonly group: number; readonly place: number } {
  const found = slowest.findIndex((name) => moduleId.includes(`/test/${name}.test.`));
  const place = found === -1 ? slowest.length : found;
  // The files of a project follow each other: a process that files share ends when the next file is of another project.
  return { group: groups.indexOf(project.name), place };
}

export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placed = (await super.sort(files)).map((file) => ({ file, ...placeOf(file) }));
    // A stable sort: the others stay in the order of vitest.
    return placed.sort((a, b) => a.group - b.group || a.place - b.place).map(({ file }) => file);
  }
}
