import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../source/domain/audit.ts';
import type { Operation } from '../../source/domain/operation.ts';
import type { Snapshot } from '../../source/domain/snapshot.ts';
import { grid } from '../../source/presentation/plain-grid.ts';
import { statusDocument } from '../../source/presentation/status-document.ts';
import { statusText } from '../../source/presentation/status-text.ts';
import { widthOf } from '../../source/presentation/text-width.ts';
import { at, bracketRows, junctionRows, operation, snapshot } from '../domain/build.ts';
import { auditEntry, target } from '../support/fixtures.ts';

const noon = at('12:00:00');

const paused = auditEntry({ at: noon - 60, operationId: 3, osUser: 'ops2', reason: 'replica lag' });

function textOf(
  rows: readonly Operation[],
  fields: Partial<Snapshot> = {},
  columns?: number,
  activity: readonly AuditEntry[] = [paused],
): string {
  const report = { snapshot: snapshot(noon, rows, fields), throughput: [], activity, runStarts: [] };
  return statusText(statusDocument(target, report), columns);
}

/** The lines from the one that starts with this word to the next empty one. */
function section(text: string, title: string): string[] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(title));
  const end = lines.indexOf('', start);
  return start === -1 ? [] : lines.slice(start, end === -1 ? undefined : end);
}

it('says in its notes that the local audit could not be read in time', () => {
  const report = { snapshot: snapshot(noon, bracketRows), throughput: [], activity: [], runStarts: [] };
  const notes = (isLate: boolean) =>
    statusDocument(target, { ...report, auditGaps: { isLate, damagedLines: 0 } }).notes;
  expect(notes(true)).toEqual([...notes(false), expect.stringContaining('local audit could not be read in time')]);
});

it('says in its notes how many lines of the local audit cannot be read', () => {
  const report = { snapshot: snapshot(noon, bracketRows), throughput: [], activity: [], runStarts: [] };
  const notes = (damagedLines: number) =>
    statusDocument(target, { ...report, auditGaps: { isLate: false, damagedLines } }).notes;
  const note = '1 line of the local audit cannot be read: some actions of operators may be missing or incomplete.';
  expect(notes(1)).toEqual([...notes(0), note]);
});

it('says in its notes why the local audit cannot be read, and that it was read in part', () => {
  const report = { snapshot: snapshot(noon, bracketRows), throughput: [], activity: [], runStarts: [] };
  const gaps = { ...{ isLate: false, damagedLines: 0 }, problem: 'permission denied: /x', isPart: true };
  expect(statusDocument(target, { ...report, auditGaps: gaps }).notes).toEqual([
    ...statusDocument(target, report).notes,
    'The local audit cannot be read (permission denied: /x): the last actions of operators are not known.',
    'The local audit is long, only its end is read: earlier actions of operators may be missing.',
  ]);
});

it('counts an action on many whose other lines are damaged', () => {
  const key = '01234567-89ab-8def-8123-000000000002/0';
  const one: AuditEntry = { ...paused, key, operationId: 600, bulkOutcomes: new Map([['applied', 201]]) };
  const lines = section(textOf(bracketRows, {}, undefined, [one]), 'LAST ACTIONS');
  expect(lines.join('\n')).toMatch(/201 ops .*paused 201 operations/);
});

it('has one line for the actions of a batch', () => {
  const key = (index: number): string => `01234567-89ab-8def-8123-00000000000${index}`;
  const batch = [0, 1, 2].map((index): AuditEntry => ({ ...paused, key: key(index), operationId: 10 + index }));
  const locked = { ...paused, key: key(3), operationId: 13, outcome: 'locked' };
  const lines = section(textOf(bracketRows, {}, undefined, [locked, ...batch, paused]), 'LAST ACTIONS');
  expect(lines).toHaveLength(3);
  expect(lines[1]).toMatch(/ ops2@bastion +pause +4 ops +paused 3 of 4 operations, 1 locked/);
  expect(lines[2]).toMatch(/ ops2@bastion +pause +3 /);
  const deleted = batch.map((one, index) => (index === 0 ? { ...one, row: null } : one));
  const [, ofDeleted] = section(textOf(bracketRows, {}, undefined, deleted), 'LAST ACTIONS');
  expect(ofDeleted).toContain('paused 3 operations, 1 gone');
  const large = { ...paused, key: key(0), bulkOutcomes: new Map([['applied', 4200]]) };
  const [, ofGone] = section(textOf(bracketRows, {}, undefined, [{ ...large, row: null }]), 'LAST ACTIONS');
  expect(ofGone).toContain('paused 4,200 operations, 1 or more gone');
  const [, ofLarge] = section(textOf(bracketRows, {}, undefined, [large]), 'LAST ACTIONS');
  expect(ofLarge).toMatch(/ 4,200 ops +paused 4,200 operations(?!,)/);
  const [, ofPart] = section(
    textOf(bracketRows, {}, undefined, [...batch.slice(0, 2).map((one) => ({ ...one, isBulkPart: true }))]),
    'LAST ACTIONS',
  );
  expect(ofPart).toContain('2 or more operations');
  const [, ofUndone] = section(textOf(bracketRows, {}, undefined, [{ ...large, bulkUndone: 200 }]), 'LAST ACTIONS');
  expect(ofUndone).toMatch(/ 4,200 ops +paused 4,200 operations, 200 undone/);
});

it('has the rate of each operation at work, if the polls of the sample show one', () => {
  const rows = [1, 2, 3].map((id) => operation({ id, status: 'running', workerId: id, startedAt: noon - 60 }));
  const report = { snapshot: snapshot(noon, rows), throughput: [], activity: [], runStarts: [] };
  const document = statusDocument(target, report);
  expect(section(statusText(document), 'ID')[0]).not.toMatch('REC/S');
  const rates = new Map([
    [1, 12],
    [2, 0],
  ]);
  const workers = document.workers.map((one) => ({ ...one, recordsPerSecond: rates.get(one.id) ?? null }));
  const [titles = '', ...lines] = section(statusText({ ...document, workers }), 'ID');
  const place = titles.indexOf('REC/S');
  const cells = lines.map((line) => [line.split(' ')[0], line.slice(place, place + 5).trim()]);
  expect(new Map(cells as [string, string][])).toEqual(
    new Map([
      ['1', '12'],
      ['2', '0'],
      ['3', '–'],
    ]),
  );
});

it('keeps how many more tables there are if the name of the first is cut', () => {
  const rows = [['12', 'case_file_relations +7']];
  expect(grid(['FAILED', 'TABLES'], rows, 20)[1]).toBe('12      case_fil… +7');
  expect(grid(['FAILED', 'TABLES'], rows)[1]).toBe('12      case_file_relations +7');
});

describe('the snapshot as text', () => {
  const text = textOf([...bracketRows, ...junctionRows]);

  it('shows the database, the time, and the state of the migration', () => {
    expect(text.split('\n').slice(0, 4)).toEqual([
      'ops@db1/dispatch public.migration_control at 2024-01-15 12:00:00.000',
      'validation: 1,592 of 1,592 records (100.0%), – rec/s',
      'nothing progresses: 1 unresolved left',
      '8 completed, 1 unresolved of 1 failed',
    ]);
  });

  it('says that the migration is done if nothing is open or unresolved', () => {
    expect(textOf(bracketRows).split('\n')[1]).toMatch(/ records \(100\.0%\), done$/);
    expect(textOf([...bracketRows, operation({ id: 99, status: 'pending' })])).not.toContain(', done');
  });

  it('has the six phases in their order', () => {
    expect(section(text, 'PHASE').map((line) => line.split(/ +/)[0])).toEqual([
      'PHASE',
      'discovery',
      'planning',
      'mapping',
      'execution',
      'validation',
      'rollback',
    ]);
  });

  it('shows the tables of the specification with their progress', () => {
    expect(section(text, 'TABLE').map((line) => line.split(/ {2,}/))).toEqual([
      ['TABLE', 'DONE', 'RECORDS', 'TOTAL', 'AVG/S', 'UNRESOLVED', 'VALIDATION', 'OUTCOME'],
      ['brackets', '63.7%', '1,000', '1,569', '17', '0', 'passed', 'completed, 36.3% fewer than expected'],
      ['case_file_relationships', '16.2%', '2,500', '15,420', '6.7', '1', 'passed too early', 'ended'],
      ['cases', '100.0%', '23', '23', '0.4', '0', '–', 'completed'],
    ]);
  });

  it('cuts no outcome at 80 columns: words are shortened, then figures and names give way', () => {
    const narrow = section(textOf([...bracketRows, ...junctionRows], {}, 80), 'TABLE');
    expect(narrow.filter((line) => widthOf(line) > 80)).toEqual([]);
    expect(narrow.map((line) => line.split(/ {2,}/).at(-1))).toEqual(['OUTCOME', '36.3% fewer', 'ended', 'completed']);
    expect(narrow.slice(1).map((line) => line.split(/ {2,}/)[0])).toEqual(
      expect.arrayContaining(['brackets', expect.stringMatching(/^case_file_rel/), 'cases']),
    );
  });

  it('names each failure with its error', () => {
    expect(section(text, 'NEWEST FAILED').at(-1)).toMatch(/^10 +case_file_relationships +batch_migration +Foreign key/);
  });

  it('says in words that a table is empty', () => {
    const empty = textOf([]);
    expect(empty).toContain('no operations yet: 0 records');
    expect(empty).toContain('\nno operations\n');
    expect(section(empty, 'TABLE')).toEqual([]);
    expect(section(empty, 'ID')).toEqual([]);
  });

  it('says how many operations it could not read', () => {
    const unreadable = [{ kind: 'rows' as const, operations: 41, problem: 'status is "done"' }];
    expect(textOf(bracketRows, { unreadable })).toContain('5 completed, 41 unreadable');
  });

  it('shows unknown values as such, and no invalid figure', () => {
    const rows = [
      operation({ id: 1, recordsProcessed: null, startedAt: null }),
      operation({ id: 2, recordsProcessed: -7, startedAt: Infinity, tableName: 'b' }),
      operation({ id: 3, recordsProcessed: 5, startedAt: noon + 7200, tableName: 'c', status: 'paused' }),
    ];
    const strange = textOf(rows);
    expect(strange).not.toMatch(/NaN|Infinity|undefined|null| -\d/);
    expect(
      section(strange, 'ID')
        .slice(1)
        .every((line) => line.endsWith('?')),
    ).toBe(true);
  });
});

describe('its columns', () => {
  const rows = [
    operation({ id: 1, tableName: '案件', operation: 'batch', recordsProcessed: 1, startedAt: noon - 61, workerId: 1 }),
    operation({ id: 1000, tableName: 'brackets', operation: 'b', recordsProcessed: 1234567, startedAt: noon - 1 }),
  ];

  it('are aligned, also with wide characters', () => {
    const [title = '', ...lines] = section(textOf(rows), 'ID');
    const column = widthOf(title.slice(0, title.indexOf('OPERATION')));
    for (const line of lines) {
      const operationAt = line.search(/\bb(atch)?\b/);
      expect(widthOf(line.slice(0, operationAt))).toBe(column);
    }
  });

  it('have no control sequence and no blank at a line end', () => {
    expect(textOf(rows)).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]| $/m);
  });

  it('are never wider than the terminal, however long the names and errors are', () => {
    const many = Array.from({ length: 1200 }, (_, index) =>
      operation({
        id: index + 1,
        tableName: index % 2 === 0 ? `a_table_with_a_long_name_${index % 50}` : '案件'.repeat(12),
        operation: 'batch_migration',
        status: index % 3 === 0 ? 'failed' : 'running',
        errorMessage: index % 3 === 0 ? `value ${index} of column ${'abc'[index % 3]} is too long for its type` : null,
        recordsProcessed: 1_000_000 + index,
        startedAt: noon - 4000,
      }),
    );
    for (const columns of [40, 60, 80, 200]) {
      const lines = textOf(many, {}, columns).split('\n');
      expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns);
      // By kind, and only some of many operations and failures.
      expect(lines.length).toBeLessThan(250);
    }
    const text = textOf(many, {}, 80);
    expect(text).toMatch(/^400 +400 .* \+25 /m);
    expect(text).toContain("770 more running or paused: migtop export --where 'status:running,paused'");
    expect(text).toMatch(/399 more unresolved \(migtop\s+export --where is:unresolved\)/);
    expect(section(text, 'LAST ACTIONS')).toHaveLength(2);
    expect(section(text, 'LAST ACTIONS')[1]).toContain('replica lag');
  });
});

describe('the words of status', () => {
  const rows = [1, 2].map((id) => operation({ id, status: 'running', workerId: id, startedAt: noon - 60 }));
  const report = { snapshot: snapshot(noon, rows), throughput: [], activity: [], runStarts: [] };
  const document = statusDocument(target, report);

  it('has durations, and figures of which some are unknown, to the right', () => {
    expect(
      grid(
        ['ID', 'REC/S', 'ELAPSED'],
        [
          ['1', '–', '25m 26s'],
          ['2', '120', '9s'],
          ['3', '1.5', '1h 02m'],
        ],
      ),
    ).toEqual(['ID  REC/S  ELAPSED', '1       –  25m 26s', '2     120       9s', '3     1.5   1h 02m']);
  });

  it('has a ? at the figures of an unclear table, and names the records that are in no percentage', () => {
    const sums = {
      recordsProcessed: 7000,
      totalRecords: 8000,
      percent: 87.5,
      recordsBeyond: 0,
      recordsWithoutTotal: 0,
    };
    const lineOf = (given: Partial<typeof document.summary>): string =>
      statusText({ ...document, summary: { ...document.summary, ...sums, ...given } }).split('\n')[1] ?? '';
    expect(lineOf({})).toContain(': 7,000 of 8,000 records (87.5%), ');
    expect(lineOf({ isUnclear: true })).toContain(': 7,000? of 8,000 records (87.5%?), ');
    expect(lineOf({ recordsBeyond: 1700, recordsWithoutTotal: 700 })).toContain(
      ' records (87.5%) and 1,000 more than expected and 700 without a total, ',
    );
    expect(lineOf({ recordsBeyond: 700, recordsWithoutTotal: 700 })).toContain(
      ' records (87.5%) and 700 without a total, ',
    );
    expect(lineOf({ totalRecords: null, percent: null, isUnclear: true })).toContain(': 7,000? records, ');
  });

  it('says of an operation that may be stalled how long to watch it', () => {
    const stall = { kind: 'suspected', seconds: 1500, usualSeconds: 130 } as const;
    const [first, ...others] = document.workers;
    if (first === undefined) return expect.fail('no operation is running');
    const doubtful = { ...document, workers: [{ ...first, stalled: true, stall }, ...others] };
    const text = statusText({ ...doubtful, summary: { ...document.summary, stalled: 1 } });
    expect(text).toContain('2 running (1 perhaps stalled)');
    expect(text).toContain(
      '\nperhaps stalled: slower than usual, but not watched for long enough to be sure (--sample 180)\n',
    );
    expect(statusText(document)).not.toContain('perhaps');
    // A rate that is not measured advises the same.
    const none = { ...document.summary, stalled: 1, recordsPerSecond: null, running: 1 };
    const seconds = statusText({ ...doubtful, summary: none }).match(/--sample \d+/g);
    expect(seconds).toEqual(['--sample 180', '--sample 180']);
  });

  it('has only times in the column of ends, also for a near one', () => {
    const tables = document.tables.map((table) => ({
      ...table,
      etaSeconds: { low: 20, high: 30 },
      endsAt: { low: '2024-01-15T12:00:20', high: '2024-01-15T12:00:30' },
    }));
    const [titles = '', line = ''] = section(statusText({ ...document, tables }), 'TABLE');
    expect(line.slice(titles.indexOf('DONE AT')).split(' ')[0]).toBe('12:00–12:01');
  });

  it('says what is left if no operation is running', () => {
    const pending = [operation({ id: 1, status: 'pending' }), operation({ id: 2, status: 'pending' })];
    expect(textOf(pending)).toContain('\nno operation is running: 2 pending left\n');
    expect(textOf([operation({ id: 1, status: 'completed' })])).not.toContain('no operation is running');
  });
});

describe('a rate that is not measured', () => {
  const report = {
    snapshot: snapshot(noon, [operation({ id: 1, status: 'running' })]),
    throughput: [],
    activity: [],
    runStarts: [],
  };
  const document = statusDocument(target, report);
  const [worker] = document.workers;
  if (worker === undefined) throw new Error('nothing runs');
  const running = { ...worker, status: 'running' as const, recordsPerSecond: null, stall: null };

  it('is said to be so of those operations alone that have none in the list', () => {
    const summary = { ...document.summary, running: 2, recordsPerSecond: null };
    const first = (workers: (typeof document)['workers']): string => statusText({ ...document, summary, workers });
    expect(first([running, running])).toContain('rate not measured (--sample 60)');
    const one = { ...running, recordsPerSecond: 24 };
    expect(first([one, running])).toContain('rate measured of 1 of 2 running only (--sample 60)');
  });

  it('is no standstill where one operation is at work, and others had stalled before they were paused', () => {
    const notIncluded = { ...document.summary.notIncluded, stalled: 0, paused: 2, unresolved: 0 };
    const summary = { ...document.summary, running: 1, paused: 2, stalled: 2, etaSeconds: null, notIncluded };
    expect(statusText({ ...document, summary, workers: [running] })).not.toContain('nothing progresses');
    const all = { ...summary, stalled: 1, notIncluded: { ...notIncluded, stalled: 1 } };
    expect(statusText({ ...document, summary: all, workers: [running] })).toContain('nothing progresses');
  });
});
