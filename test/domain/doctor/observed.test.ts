import { describe, expect, it } from 'vitest';
import { literal, printableName } from '../../../source/domain/doctor/mending.ts';
import { judgeObservation } from '../../../source/domain/doctor/observed.ts';
import { createRowFindings } from '../../../source/domain/doctor/rows.ts';
import { judgeSequence } from '../../../source/domain/doctor/sequence.ts';
import { judgeFutureZone, judgeZones } from '../../../source/domain/doctor/zones.ts';
import { observe } from '../../../source/domain/observation.ts';
import type { Operation } from '../../../source/domain/operation.ts';
import type { Snapshot } from '../../../source/domain/snapshot.ts';
import { fixedZone, utc, zoneOf } from '../../../source/domain/zone.ts';
import { at, bracketRows, operation, snapshot } from '../build.ts';

const table = 'public.migration_control';

/** The findings after a poll of these rows, and one of the rows after them. */
function findings(rows: readonly Operation[], later = rows, fields: Partial<Snapshot> = {}) {
  const earlier = observe(null, snapshot(at('12:00:00'), rows));
  return judgeObservation(table, observe(earlier, snapshot(at('12:00:05'), later, fields)), earlier, []).findings;
}

const paused = operation({
  id: 31,
  tableName: 'cases',
  status: 'paused',
  workerId: 2,
  recordsProcessed: 10,
  version: '7',
});

describe('what polls show', () => {
  it('is no problem in the brackets of the specification', () => {
    expect(findings(bracketRows)).toEqual([]);
  });

  it('is that a paused operation progresses, by its records or by its version', () => {
    expect(findings([paused])).toEqual([]);
    for (const later of [{ recordsProcessed: 20 }, { version: '8' }])
      expect(findings([paused], [{ ...paused, ...later }])).toMatchObject([
        { check: 'paused', severity: 'error', tableName: 'cases', rows: [{ id: 31, text: 'cases, worker 2' }] },
      ]);
    expect(findings([paused], [{ ...paused, status: 'running', recordsProcessed: 20 }])).toEqual([]);
  });

  it('is that failures are unresolved, and which of them a retry repeats: these need nobody', () => {
    const query = (offset: number): string => `SELECT * FROM legacy.cases ORDER BY id LIMIT 500 OFFSET ${offset}`;
    const failed = [1, 2].map((id) =>
      operation({
        id,
        tableName: 'cases',
        status: 'failed',
        errorMessage: 'deadlock detected',
        sourceQuery: query(500 * id),
        startedAt: at('11:00:00'),
        completedAt: at('11:00:30'),
      }),
    );
    const retryOf = (id: number): Operation =>
      operation({
        id: id + 10,
        tableName: 'cases',
        operation: `retry_batch_${id}`,
        status: 'running',
        startedAt: at('11:59:50'),
        sourceQuery: query(500 * id),
      });
    expect(findings(failed)).toMatchObject([
      { severity: 'error', title: '2 unresolved failures: deadlock detected', rows: [{ id: 2 }, { id: 1 }] },
    ]);
    const [one] = findings([...failed, retryOf(2)]);
    expect(one).toMatchObject({
      severity: 'error',
      title: '2 unresolved failures, 1 of them retrying: deadlock detected',
      rows: [
        { id: 1, text: 'cases' },
        { id: 2, text: 'cases, operation 12 retries it' },
      ],
    });
    expect(one?.sql).toContain("WHERE id = 1 AND status = 'failed'");
    expect(findings([...failed, retryOf(1), retryOf(2)])).toMatchObject([
      {
        severity: 'warning',
        title: '2 unresolved failures, all retrying: deadlock detected',
        sql: null,
        advice: expect.stringContaining('wait until the retries have ended'),
      },
    ]);
    expect(findings([...failed, retryOf(1), { ...retryOf(2), status: 'paused' }])).toMatchObject([
      {
        title: '2 unresolved failures, all retrying (1 retry is paused): deadlock detected',
        advice: expect.stringContaining('resume the paused retries'),
      },
    ]);
  });

  it('is that an operation waits for a prepared transaction, which has no process that could be ended', () => {
    const started = operation({ id: 5, tableName: 'cases', status: 'running', workerId: 3, startedAt: at('11:00:00') });
    const unknown = { user: null, application: null, client: null, query: null };
    const waiting = {
      pid: 42,
      state: 'active',
      wait: 'Lock: transactionid',
      transactionSeconds: 1800,
      stateSeconds: 1800,
    };
    const found = findings([started], [started], {
      sessions: [{ operationId: 5, workerId: 3, paused: false, run: '-', pid: 42, blockedBy: [0] }],
      backends: { all: [{ ...unknown, ...waiting, blockedBy: [0] }], readAt: at('12:00:05') },
    });
    const [{ advice } = { advice: '' }] = found.filter(({ check }) => check === 'stalled');
    expect(advice).toContain(
      '5 waits for a lock of a prepared transaction: COMMIT PREPARED or ROLLBACK PREPARED ends it',
    );
  });

  it('is that a running operation makes no progress, with the table as the only one', () => {
    const started = operation({
      id: 5,
      tableName: 'brackets',
      status: 'running',
      workerId: 3,
      batchSize: 500,
      totalRecords: 1569,
      startedAt: at('10:03:00'),
    });
    expect(findings([...bracketRows, started])).toMatchObject([
      {
        check: 'stalled',
        severity: 'warning',
        title: 'operations without progress: 1 perhaps stalled',
        tableName: 'brackets',
        rowCount: 1,
        rows: [{ id: 5 }],
        // Not if its worker, or another one, has worked on it since.
        sql: expect.stringMatching(
          /\nWHERE id = 5\n {2}AND status = 'running'\n {2}AND coalesce\(records_processed, 0\) = 0\n {2}AND worker_id = 3;$/,
        ),
        // Nothing shows whether its worker is dead: without the option, the command refuses it.
        commands: ['migtop takeover --unproven 5'],
        advice: expect.stringMatching(
          /^It is not sure that 5 has stalled: .*\. Put 5 back into the queue if its worker is gone: look first, because nothing proves it; .*\. --unproven is necessary for 5: its worker does not name its connections: it may be alive$/,
        ),
      },
      { check: 'validation', tableName: 'brackets' },
    ]);
  });

  it('is also that a paused operation had stalled before its pause, as line 3 counts it', () => {
    const given = {
      id: 5,
      tableName: 'brackets',
      workerId: 3,
      batchSize: 500,
      totalRecords: 1569,
      startedAt: at('10:03:00'),
    };
    const stopped = operation({ ...given, status: 'paused' });
    const found = findings([...bracketRows, stopped], undefined, { pausedAt: new Map([[5, at('11:59:00')]]) });
    expect(found[0]).toMatchObject({
      check: 'stalled',
      title: 'operations without progress: 1 perhaps stalled',
      rows: [{ id: 5, text: expect.stringMatching(/^brackets, worker 3: perhaps stalled: .*, paused since$/) }],
      sql: expect.stringMatching(
        /^BEGIN;\nSET LOCAL migtop\.operator[\s\S]*\n {2}AND status = 'paused'\n[\s\S]*\nCOMMIT;$/,
      ),
    });
  });

  it('advises in the plural on several such operations', () => {
    const started = [5, 6].map((id) =>
      operation({ id, tableName: 'brackets', status: 'running', workerId: id, startedAt: at('10:03:00') }),
    );
    const [found] = findings([...bracketRows, ...started]);
    expect(found?.commands).toEqual(['migtop takeover --unproven 5 6']);
    expect(found?.advice).toMatch(/Put 5, 6 back into the queue if their workers are gone: /);
    // One statement.
    expect(found?.sql).toMatch(
      /^[^;]* AND \(id, coalesce\(records_processed, 0\), worker_id\) IN \(\n {4}\(5, \d+, 5\),\n {4}\(6, \d+, 6\)\);$/,
    );
  });

  it('advises what takes each over: by itself what can be proven dead, with --unproven what cannot, and not what is alive', () => {
    const validationQuery = '/* migtop run=- counts=own from=0 */';
    const stuck = { tableName: 'brackets', status: 'running', startedAt: at('10:03:00') } as const;
    const rows = [
      operation({ ...stuck, id: 5, workerId: 5, validationQuery }),
      operation({ ...stuck, id: 6, workerId: 6 }),
      operation({ ...stuck, id: 7, workerId: 7, validationQuery }),
    ];
    const sessions = [{ operationId: 7, workerId: 7, paused: false, run: '-', pid: 42, blockedBy: [] }];
    const all = [...bracketRows, ...rows];
    const found = findings(all, all, { sessions }).find(({ check }) => check === 'stalled');
    expect(found?.commands).toEqual(['migtop takeover 5', 'migtop takeover --unproven 6']);
    expect(found?.advice).toContain('7 cannot be taken over: its worker is connected (pid 42). Put 5, 6 back');
    expect(found?.advice).toMatch(/--unproven is necessary for 6: its worker does not name its connections/);
    expect(found?.sql).not.toMatch(/\b7\b/);
  });

  it('is one worker with two live operations, or with two sessions at different places', () => {
    const two = [
      paused,
      operation({ id: 32, tableName: 'parties', status: 'running', workerId: 2, startedAt: at('11:59:59') }),
    ];
    expect(findings(two)).toMatchObject([
      {
        check: 'workers',
        tableName: null,
        rows: [{ id: 31 }, { id: 32 }],
        sql: expect.stringMatching(/\nWHERE id = 31 AND .* AND worker_id = 2;\nCOMMIT;$/),
      },
    ]);
    const session = { run: 'dispatch', workerId: 9, operationId: 40, paused: false, blockedBy: [] };
    const sessions = [
      { ...session, pid: 100 },
      { ...session, pid: 101 },
    ];
    expect(findings([], [], { sessions })).toEqual([]);
    expect(findings([], [], { sessions: [...sessions, { ...session, pid: 102, operationId: 41 }] })).toMatchObject([
      { check: 'workers', title: 'worker 9 of run dispatch has 3 sessions at different places', rowCount: 3 },
    ]);
  });
});

describe('the SQL that mends', () => {
  it('has no character in it that a terminal acts on, and no line end in a text', () => {
    expect(literal("it's")).toBe("'it''s'");
    expect(literal('a\\b')).toBe("E'a\\\\b'");
    expect(literal('\u001B[2J\n\u202E')).toBe("E'\\U0000001b[2J\\U0000000a\\U0000202e'");
    expect(printableName('public."Case \\ of"')).toBe('public."Case \\ of"');
    expect(printableName('public."a\u001B\\"')).toBe('public.U&"a\\+00001b\\\\"');
  });

  it('keeps an unknown total, and gives no operation of an unknown status to a worker', () => {
    const found = createRowFindings(table);
    found.add(
      [{ check: 'counters', problem: 'negative', id: 1, tableName: 'cases', text: '', rows: 1 }],
      [
        {
          column: 'status',
          value: 'done\u001B',
          found: [{ id: 2, tableName: 'fees' }],
          tables: ['fees'],
          rows: 1,
        },
      ],
    );
    const [negative, strange] = found.findings().map(({ sql }) => sql);
    expect(negative).toContain('total_records = CASE WHEN total_records < 0 THEN 0 ELSE');
    expect(strange).toContain("SET status = 'paused' WHERE status = E'done\\U0000001b'");
  });
});

describe('time zones', () => {
  it('are found by running operations that all start in the future, which another zone explains', () => {
    expect(judgeFutureZone(fixedZone(3 * 3600))).toMatchObject([
      { check: 'zones', severity: 'warning', title: expect.stringContaining('3 hours ahead of UTC') },
    ]);
    for (const zone of [undefined, utc, zoneOf('Europe/Berlin', 3600), zoneOf('<+03>-03', 10_800)])
      expect(judgeFutureZone(zone)).toEqual([]);
  });

  const starts = (offsets: readonly number[], gap = 20) =>
    offsets.map((offset, index) => ({
      id: index + 1,
      workerId: offset === 0 ? 1 : 2,
      at: index * gap + offset,
      tableName: 'cases',
    }));

  it('differ if the starts jump forward and back by the same hours, several times', () => {
    expect(judgeZones(table, starts([0, 7200, 0, 7200, 0, 7200, 0]))).toMatchObject([
      { check: 'zones', advice: expect.stringContaining('ahead: worker 2; behind: worker 1') },
    ]);
  });

  it.each([
    ['one jump, of the clocks or of a pause', [0, 0, 3600, 3600, 3600]],
    ['no jumps', [0, 0, 0, 0]],
    ['jumps that are no zones', [0, 500, 0, 500, 0, 500, 0]],
  ])('do not differ for %s', (_, offsets) => {
    expect(judgeZones(table, starts(offsets))).toEqual([]);
  });
});

describe('the sequence', () => {
  const sequence = { sequence: 'public.s', next: 8, highest: 7, limit: 2_147_483_647 };

  it.each([
    ['ahead of all ids', {}, []],
    ['of an empty table', { next: 1, highest: null }, []],
    ['behind', { next: 7 }, ['error']],
    ['far behind', { next: 1 }, ['error']],
    ['near its end', { next: 2_000_000_000 }, ['warning']],
  ])('%s', (_, fields, severities) => {
    expect(judgeSequence(table, { ...sequence, ...fields }).map(({ severity }) => severity)).toEqual(severities);
  });
});
