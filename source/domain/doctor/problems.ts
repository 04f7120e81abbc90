import { type DoctorCheck, type Finding, type FindingsOfCheck, many, type Severity } from './finding.ts';

/** The title of a problem that several tables have. */
const sharedTitles: Readonly<Partial<Record<`${DoctorCheck} ${Severity}`, (tables: number) => string>>> = {
  'counting warning': (tables) => `how the rows of ${tables} tables count is unclear: their figures may be too low`,
  'validation error': (tables) =>
    `the validation of ${tables} tables has passed, but their execution is open, has unresolved failures or went on after it`,
  'coverage error': (tables) => `ranges of ${tables} tables are in no operation`,
  'coverage warning': (tables) => `ranges of ${tables} tables are in two operations: the records may be copied twice`,
};

/** The findings in their order by problem: one problem of several tables is one, as `migtop doctor` and Activity count it. */
export function problemsOf(findings: readonly Finding[]): readonly FindingsOfCheck[] {
  const keyOf = ({ check, severity, tableName }: Finding, index: number): string => {
    const key = `${check} ${severity}` as const;
    return tableName !== null && sharedTitles[key] !== undefined ? key : String(index);
  };
  const problems = new Map<string, [Finding, ...Finding[]]>();
  for (const [index, finding] of findings.entries()) {
    const problem = problems.get(keyOf(finding, index));
    if (problem === undefined) problems.set(keyOf(finding, index), [finding]);
    else problem.push(finding);
  }
  return [...problems.values()];
}

/** The title of one problem, also of one that several tables have. */
export function problemTitle(problem: FindingsOfCheck): string {
  const [{ check, severity, title }, ...others] = problem;
  if (others.length === 0) return title;
  const tables = tablesOf(problem).length;
  if (tables === 1) return `${title}, and ${others.length} more of this table`;
  return sharedTitles[`${check} ${severity}`]?.(tables) ?? title;
}

/** How many tables a sentence names. */
const mostNamed = 6;

/** Tables in a sentence: `cases, fees`, or the first of them and how many more. */
export function namesOf(tables: readonly string[]): string {
  const more = tables.length - mostNamed;
  return `${tables.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${many(more, 'more table')}` : ''}`;
}

/** The title of a finding with its tables, unless it has them: `12 operations running without a start (cases, fees)`. */
export function titleWithTables({ title, tables }: Finding): string {
  return tables.every((name) => title.includes(name)) ? title : `${title} (${namesOf(tables)})`;
}

/** The tables that findings are about, each once. */
export function tablesOf(findings: readonly Finding[]): readonly string[] {
  return [...new Set(findings.flatMap(({ tables }) => tables))];
}
