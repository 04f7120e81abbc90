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
  'domain/rate-simulation',
  'domain/several-sessions',
  'domain/incident-eta',
  'presentation/text-width',
];

/** The place of a file in the run: of its group first, then among the slowest. */
function placeOf({ moduleId, project }: TestSpecification): { readonly group: number; readonly place: number } {
  const found = slowest.findIndex((name) => moduleId.includes(`/test/${name}.test.`));
  const place = found === -1 ? slowest.length : found;
  // The files of a project that share processes follow each other: a process ends when the next file is of another project.
  if (project.config.isolate) return { group: found === -1 ? 2 : 0, place };
  return { group: project.name === 'memory' ? 3 : 1, place };
}

export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placed = (await super.sort(files)).map((file) => ({ file, ...placeOf(file) }));
    // A stable sort: the others stay in the order of vitest.
    return placed.sort((a, b) => a.group - b.group || a.place - b.place).map(({ file }) => file);
  }
}
