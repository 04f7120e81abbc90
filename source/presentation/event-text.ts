import type { FindingsOfCheck } from '../domain/doctor/finding.ts';
import { namesOf, problemsOf, problemTitle, tablesOf } from '../domain/doctor/problems.ts';
import { errorOrNone } from '../domain/failure-kind.ts';
import type { Slow } from '../domain/stalls.ts';
import type { Happening } from '../domain/watched-events.ts';
import { count, duration, stallText, usualText } from './figures.ts';
import { by } from './result-text.ts';
import type { Tone } from './theme.ts';

/** An event as the Activity view shows it. */
export interface EventText {
  /** One word, as an action has: `failed`, `stalled`. */
  readonly word: string;
  readonly operationId: number | null;
  readonly tableName: string | null;
  readonly text: string;
  readonly tone: Tone;
}

/** An event in words, with its operation or table if it is about one; an error message is in one line. */
export function eventText(what: Happening): EventText {
  const of = 'operation' in what ? what.operation : null;
  const place = { operationId: of?.id ?? null, tableName: of?.tableName ?? null };
  switch (what.kind) {
    case 'failed':
      return {
        ...place,
        word: 'failed',
        text: oneLine(errorOrNone(what.operation.errorMessage)),
        // Red means unresolved.
        tone: what.isOver === true ? 'plain' : 'bad',
      };
    case 'stalled':
      return { ...place, word: 'stalled', text: stallText(what.stall), tone: 'bad' };
    case 'slow':
      return { ...place, word: 'slow', text: slowText(what.slow), tone: 'warn' };
    case 'moving again': {
      const { others = [] } = what;
      return others.length === 0
        ? { ...place, word: 'progress', text: 'progresses again', tone: 'good' }
        : {
            operationId: null,
            tableName: null,
            word: 'progress',
            text: `${count(others.length + 1)} stalled operations progress again`,
            tone: 'good',
          };
    }
    case 'requeued':
      return { ...place, word: 'requeued', text: 'put back into the queue', tone: 'warn' };
    case 'claimed':
      return {
        ...place,
        word: 'claimed',
        text: `claimed ${what.isSame ? 'again ' : ''}by ${by(what.operation.workerId)}${what.isSame ? ', no new record yet' : ''}`,
        tone: what.isSame ? 'warn' : 'plain',
      };
    case 'resolved':
      return {
        ...place,
        word: 'resolved',
        text: `completed by operation ${what.by}`,
        tone: 'good',
      };
    case 'phase':
      return {
        ...place,
        word: 'phase',
        text: phaseText(what),
        tone: what.state === 'done' && what.unresolved > 0 ? 'warn' : 'plain',
      };
    case 'table done':
      return {
        ...place,
        tableName: what.tableName,
        word: 'table',
        text: tableDoneText(what),
        tone: what.unresolved === 0 ? 'good' : 'warn',
      };
    case 'added':
      return { ...place, tableName: what.tableName, word: 'added', text: addedText(what), tone: 'warn' };
    case 'removed':
      return {
        ...place,
        tableName: what.tableNames.length === 1 ? (what.tableNames[0] ?? null) : null,
        word: 'removed',
        text: removedText(what),
        tone: 'warn',
      };
    case 'ended':
      return {
        ...place,
        word: 'ended',
        text: endedText(what),
        tone: what.unresolved === 0 ? 'good' : 'bad',
      };
    case 'lost':
      return { ...place, word: 'lost', text: what.problem, tone: 'bad' };
    case 'connected':
      return { ...place, word: 'again', text: `connected again after ${duration(what.afterSeconds)}`, tone: 'good' };
    case 'replaced':
      return { ...place, word: 'table', text: replacedText(what.unmarked), tone: 'warn' };
    case 'findings':
      return findingsText(what.findings);
    case 'counting':
      return {
        ...place,
        word: 'counts',
        text: what.state === 'again' ? 'the table is counted again from the start' : 'the whole table is counted',
        tone: 'plain',
      };
  }
}

/** That another table has the name, as an event and as a message. */
export function replacedText(unmarked: number): string {
  const marks = unmarked === 0 ? '' : `; ${count(unmarked)} ${unmarked === 1 ? 'mark was' : 'marks were'} removed`;
  return `another table has this name now: its figures begin again${marks}`;
}

function findingsText(findings: FindingsOfCheck): EventText {
  const [{ severity, title, tableName, rows }, ...others] = findings;
  const [only, another] = rows;
  const problems = problemsOf(findings).length;
  const tables = tablesOf(findings);
  // The row of one finding about one table has its name.
  const where = tables.length === 0 || (others.length === 0 && tableName !== null) ? '' : ` (${namesOf(tables)})`;
  return {
    operationId: others.length === 0 && another === undefined ? (only?.id ?? null) : null,
    tableName: others.length === 0 ? tableName : null,
    word: 'problem',
    text:
      problems === 1 ? `${problemTitle(findings)}${where}` : `${count(problems)} problems, the first: ${title}${where}`,
    tone: severity === 'error' ? 'bad' : severity === 'warning' ? 'warn' : 'plain',
  };
}

/** Why an operation is reported before it counts as stalled. */
export function slowText({ seconds, usualSeconds }: Slow): string {
  const usual = usualText(usualSeconds);
  return `no progress for ${duration(seconds)}${usual}`;
}

/** ` (since 2h)`, if only operations since then were shown. */
const sinceText = (since: string | undefined): string => (since === undefined ? '' : ` (since ${since})`);

/** The text of a phase that has begun, is done, or has ended with unresolved failures. */
export function phaseText(what: Extract<Happening, { kind: 'phase' }>): string {
  const state = what.state === 'begun' ? 'has begun' : what.unresolved === 0 ? 'is done' : endedWith(what.unresolved);
  return `${what.phase} ${state}${sinceText(what.since)}`;
}

const endedWith = (unresolved: number): string => `ended, ${count(unresolved)} unresolved`;

/** The text of a table that has ended: how it ended, or how many failures are unresolved. */
export function tableDoneText({ outcome, unresolved, since }: Extract<Happening, { kind: 'table done' }>): string {
  return `${unresolved === 0 ? outcome : endedWith(unresolved)}${sinceText(since)}`;
}

/** The text of operations that were added to a table: how many, and what its percentage is of now. */
export function addedText(what: Extract<Happening, { kind: 'added' }>): string {
  const { phase, operations, of, from, to, since } = what;
  const added = `${count(operations)} ${operations === 1 ? 'operation' : 'operations'} added`;
  const place = phase === 'execution' ? '' : ` to the ${phase}`;
  const rise =
    of === 'operations'
      ? `${count(to)} operations in all`
      : from === 0
        ? `its total is ${count(to)} records`
        : `its total rose from ${count(from)} to ${count(to)} records`;
  return `${added}${place}: ${rise}${sinceText(since)}`;
}

/** The text of rows that were deleted. */
export function removedText({
  rows,
  tableNames,
  added = 0,
  since,
}: Omit<Extract<Happening, { kind: 'removed' }>, 'kind'>): string {
  const from = tableNames.length > 1 ? ` from ${count(tableNames.length)} tables` : '';
  return `${count(rows)} ${rows === 1 ? 'row' : 'rows'} removed${from}${added === 0 ? '' : `, ${count(added)} added`}${sinceText(since)}`;
}

/** The text of the end of the migration, or of the operations since the restriction. */
export function endedText({ unresolved, since }: Extract<Happening, { kind: 'ended' }>): string {
  const done = since === undefined ? 'the migration is done' : `the operations since ${since} are done`;
  return unresolved === 0 ? done : `nothing is open, ${count(unresolved)} unresolved${sinceText(since)}`;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
