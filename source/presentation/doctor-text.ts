import { type Diagnosis, type DoctorCheck, type Finding, many, type Severity } from '../domain/doctor/finding.ts';

/**
 * The findings of `migtop doctor` as text: how many, then each with its rows, what to consider, and the SQL that mends it. One problem of
 * several tables is one finding here, which lists them.
 */
export function doctorText({ findings, notChecked }: Diagnosis): string {
  const unchecked = notChecked.map(({ check, reason }) => `not checked: ${check}: ${reason}`);
  const groups = groupsOf(findings);
  const total = summary(groups);
  const first = findings.length === 0 ? [] : [total, ''];
  return [...first, ...groups.flatMap((group) => [...groupLines(group), '']), ...unchecked, total, ''].join('\n');
}

type Group = readonly [Finding, ...Finding[]];

/** The title of a problem that several tables have. */
const sharedTitles: Readonly<Partial<Record<`${DoctorCheck} ${Severity}`, (tables: number) => string>>> = {
  'counting warning': (tables) => `how the rows of ${tables} tables count is unclear: their figures may be too low`,
  'validation error': (tables) =>
    `the validation of ${tables} tables has passed, but their execution has open operations or unresolved failures`,
  'coverage error': (tables) => `ranges of ${tables} tables are in no operation`,
  'coverage warning': (tables) => `ranges of ${tables} tables are in two operations: the records may be copied twice`,
};

/** The findings in their order, those of one problem of several tables together. */
function groupsOf(findings: readonly Finding[]): readonly Group[] {
  const keyOf = ({ check, severity, tableName }: Finding, index: number): string => {
    const key = `${check} ${severity}` as const;
    return tableName !== null && sharedTitles[key] !== undefined ? key : String(index);
  };
  const groups = new Map<string, [Finding, ...Finding[]]>();
  for (const [index, finding] of findings.entries()) {
    const group = groups.get(keyOf(finding, index));
    if (group === undefined) groups.set(keyOf(finding, index), [finding]);
    else group.push(finding);
  }
  return [...groups.values()];
}

function groupLines(group: Group): readonly string[] {
  const [first, another] = group;
  const { check, severity, advice, sql, title } = first;
  if (another === undefined)
    return [`${severity}: ${check}: ${title}`, ...rowLines(first), ...noteLines(advice), ...sqlLines(sql)];
  const tables = new Set(group.map(({ tableName }) => tableName)).size;
  const isShared = group.every((one) => one.advice === advice);
  return [
    `${severity}: ${check}: ${sharedTitles[`${check} ${severity}`]?.(tables) ?? title}`,
    ...group.flatMap((one) => [
      `  ${one.title}`,
      ...[...rowLines(one), ...(isShared ? [] : noteLines(one.advice))].map((line) => `  ${line}`),
    ]),
    ...(isShared ? noteLines(advice) : []),
    ...group.flatMap((one) => sqlLines(one.sql)),
  ];
}

function rowLines({ rows, rowCount }: Finding): readonly string[] {
  const left = rows.length === 0 ? 0 : rowCount - rows.length;
  return [
    ...rows.map(({ id, text }) => `  ${id === null ? '' : `${id}  `}${text}`),
    ...(left > 0 ? [`  … and ${many(left, 'more', 'more')}`] : []),
  ];
}

const noteLines = (advice: string | null): readonly string[] => (advice === null ? [] : [`  note: ${advice}`]);

const sqlLines = (sql: string | null): readonly string[] =>
  sql === null ? [] : sql.split('\n').map((line) => `    ${line}`);

function summary(groups: readonly Group[]): string {
  const counts = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const count = groups.filter(([one]) => one.severity === severity).length;
    return count === 0 ? [] : [many(count, severity)];
  });
  return counts.length === 0 ? 'no problems found' : counts.join(', ');
}
