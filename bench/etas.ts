// Compares rates and ETAs with the truth, in migrations on a virtual clock (test/support/simulated-migration.ts):
// npx node bench/etas.ts [seeds a kind] [first seed] [seconds between polls] [kind …]
import './sql-modules.ts';
import type { EtaFigures } from '../test/support/eta-figures.ts';

const { measureKinds, medianOf } = await import('../test/support/eta-figures.ts');
const { kinds, otherZone } = await import('../test/support/random-migration.ts');

const [count = '5', first = '1', pollSeconds = '1', ...names] = process.argv.slice(2);
const seeds = Array.from({ length: Number(count) }, (_, index) => Number(first) + index);
const only = ([...kinds, otherZone] as const).filter(
  (kind) => names.length === 0 || names.some((name) => kind.startsWith(name)),
);

const percent = (part: number, whole: number): string => (whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`);
const etaCells = ({ progressing, shown, held, early, late, widths, still, stillShown }: EtaFigures): string[] => [
  String(progressing),
  percent(shown, progressing),
  percent(held, shown),
  `${percent(early, shown)} / ${percent(late, shown)}`,
  medianOf(widths).toFixed(2),
  `${stillShown} of ${still}`,
];

const rows = measureKinds(seeds, only, Number(pollSeconds)).map(({ group, monitor, status }) => [
  group,
  ...etaCells(monitor),
  `${percent(monitor.off, monitor.rated - monitor.unknown)} (${percent(monitor.unknown, monitor.rated)} –)`,
  medianOf(monitor.rateSeconds).toFixed(0),
  percent(monitor.moves.filter((one) => one > 0.1).length, monitor.moves.length),
  ...etaCells(status),
]);
const eta = ['minutes', 'shown', 'held', 'before / after', 'width', 'while still'];
const table = [
  ['kind', ...eta, 'rates off', 'over s', 'moved by a tenth', ...eta.map((one) => `status: ${one}`)],
  ...rows,
];
const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const [head = [], ...body] = table;
process.stdout.write(`${[line(head), line(head.map(() => '---')), ...body.map(line)].join('\n')}\n`);
