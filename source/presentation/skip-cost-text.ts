import type { SkipCosts } from '../domain/skip-costs.ts';
import { count } from './figures.ts';

/** One of the possible effects of a skip, with its name. */
export interface CostText {
  readonly name: string;
  readonly says: string;
  readonly tone: 'plain' | 'warn';
}

/** The possible effects of a skip of many operations: those of the dialog for one operation, added up. */
export function skipCostTexts(cost: SkipCosts): readonly CostText[] {
  const { records, areMigrated, validations, tables, openAttempts, operations, read } = cost;
  const copied = operations > validations;
  const left = `${count(records.left)} will not be ${areMigrated ? 'migrated' : 'processed'} by ${operations === 1 ? 'it' : 'them'}`;
  const own = records.ifOwn === null ? '' : `; ${count(records.ifOwn)} if the totals are their own`;
  const unknown = records.unknown === 0 ? '' : `; not known of ${count(records.unknown)} operations`;
  const others = otherOpenOf(cost);
  const of = tables.length === 1 ? 'this table' : `these ${count(tables.length)} tables`;
  const names = read?.references.slice(0, 5).join(', ') ?? '';
  const open = (read?.open ?? 0) > 100_000 ? 'more than 100,000' : count(others);
  const many = (read?.references.length ?? 0) > 5 ? ' and more' : '';
  const texts: CostText[] = [];
  const add = (name: string, says: string, tone: CostText['tone'] = 'plain'): void =>
    void texts.push({ name, says, tone });
  if (copied) add('records', `${left}${own}${unknown}`, 'warn');
  if (validations === 1)
    add('proof', '1 is a validation: what it checks stays unproven; a retry checks it again', 'warn');
  if (validations > 1)
    add(
      'proof',
      `${count(validations)} are validations: what they check stays unproven; a retry checks it again`,
      'warn',
    );
  if (copied) texts.push(validatedText(cost, of));
  if (others !== null)
    add(
      'other operations',
      others === 0 ? `no other in ${of} is open` : `${open} in ${of} ${others === 1 ? 'is' : 'are'} open`,
    );
  // Validations write no records.
  if (names !== '' && copied) add('referenced by', `rows of ${names}${many} may refer to these records`, 'warn');
  if (openAttempts > 0)
    add('attempts', `${count(openAttempts)} ${openAttempts === 1 ? 'has' : 'have'} another attempt that is open`);
  return texts;
}

function validatedText({ validatedTables, tables, areInvalid }: SkipCosts, of: string): CostText {
  const name = 'validation';
  if (validatedTables === 0) return { name, says: `has not completed for ${of} yet`, tone: 'plain' };
  if (tables.length === 1) return { name, says: validatedOneText(areInvalid), tone: 'warn' };
  const some = `${count(validatedTables)} of ${of}`;
  const says = areInvalid
    ? `completed for ${some}, but the results are not valid now either`
    : `completed for ${some}: results will no longer be valid`;
  return { name, says, tone: 'warn' };
}

/** The effect of a skip on the completed validation of its table. @param isInvalid whether that is not valid before either */
export function validatedOneText(isInvalid: boolean): string {
  return isInvalid
    ? 'has completed for this table, but its result is not valid now either'
    : 'has completed for this table: its result will no longer be valid';
}

/** How many other operations of the tables are open; null while that is not read. */
function otherOpenOf({ read, ownOpen }: SkipCosts): number | null {
  return read === null ? null : Math.max(0, read.open - ownOpen);
}

/** The possible effects as JSON, for scripts (docs/json.md). */
export function skipCostDocument(cost: SkipCosts) {
  const { records, validations, validatedTables, openAttempts, read } = cost;
  return {
    records: records.left,
    recordsIfOwn: records.ifOwn,
    recordsUnknown: records.unknown,
    validations,
    validatedTables,
    otherOpen: otherOpenOf(cost),
    referencedBy: read?.references ?? null,
    openAttempts,
  };
}
