import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatSessionName, parseSessionName } from '../../source/domain/session-name.ts';
import { createMigrationControl, type MigrationControl } from '../../source/worker/index.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { insertRow, sessionName, setStatus, untilPauseNoticed } from './table.ts';

describe('application_name of a worker', () => {
  it('shows the run, the worker, the operation and a pause', () => {
    const session = { run: 'dispatch', workerId: 3, operationId: 17, paused: false };
    expect(formatSessionName(session)).toBe('migtop run=dispatch worker=3 operation=17');
    expect(formatSessionName({ ...session, paused: true })).toBe('migtop run=dispatch worker=3 operation=17 paused');
  });

  it('is cut only in the run’s name', () => {
    const of = (workerId: number, operationId: number) =>
      formatSessionName({ run: 'dispatch-2026-11-22-second-try', workerId, operationId, paused: true });
    expect(of(1, 1)).toBe('migtop run=dispatch-202 worker=1 operation=1 paused');
    expect(of(9999, 2_147_483_647)).toBe('migtop run=dispatch-202 worker=9999 operation=2147483647 paused');
    expect(of(2_147_483_647, Number.MAX_SAFE_INTEGER)).toBe(
      'migtop run= worker=2147483647 operation=9007199254740991 paused',
    );
  });

  it('fits and is read back with any name of the run', () => {
    const parts = fc.record({
      run: fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom('a b=c', 'worker=1 operation=2', '')),
      workerId: fc.nat(2_147_483_647),
      operationId: fc.nat(Number.MAX_SAFE_INTEGER),
      paused: fc.boolean(),
    });
    fc.assert(
      fc.property(parts, (session) => {
        const name = formatSessionName(session);
        expect(name.length).toBeLessThanOrEqual(63);
        expect(name).toMatch(/^[ -~]*$/);
        const { run, ...rest } = session;
        expect(parseSessionName(name)).toMatchObject(rest);
        // A name that it reads is written unchanged.
        expect(formatSessionName(parseSessionName(name) ?? session)).toBe(name);
      }),
    );
  });

  it.each([
    '',
    'psql',
    'migtop',
    'migtop run=a worker=1',
    'migtop run=a worker=1 operation=',
    'migtop run=a worker=1 operation=2 pause',
    'migtop run=a worker=1 operation=9999999999999999',
    'my migtop run=a worker=1 operation=2',
    'migtop run=a b worker=1 operation=2',
  ])('is nobody else’s: %j', (name) => {
    expect(parseSessionName(name)).toBeNull();
  });
});

describe('on the server', () => {
  let database: TestDatabase;
  let client: pg.Client;
  let control: MigrationControl<pg.Client>;

  beforeAll(async () => {
    database = await createDatabase({ schema: true });
    client = await database.connect(`${database.url}?application_name=importer`);
    control = createMigrationControl(client, { workerId: 3, run: 'dispatch' });
  });
  afterAll(() => database.drop());

  const nameOf = (operationId: number, paused = false) =>
    formatSessionName({ run: 'dispatch', workerId: 3, operationId, paused });

  it('is set while the worker has an operation, and the connection’s own name before and after', async () => {
    const name = () => sessionName(database, client);
    expect(await name()).toBe('importer');
    const { id } = await control.startOperation({ phase: 'execution', tableName: 't', operation: 'o' });
    expect(await name()).toBe(nameOf(id));

    await setStatus(database, id, 'paused');
    await control.updateMigrationProgress(id, 1);
    expect(await name()).toBe(nameOf(id, true));
    await setStatus(database, id, 'running');
    expect(await control.waitWhilePaused(id)).toBe('continue');
    expect(await name()).toBe(nameOf(id));
    await control.completeOperation(id);
    expect(await name()).toBe('importer');
  });

  it.each(['claimNext', 'retryOperation', 'takeOver', 'runBatches'])('%s sets it', async (what) => {
    const status = what === 'claimNext' ? 'pending' : what === 'retryOperation' ? 'failed' : 'running';
    const id = await insertRow(database, { status, table_name: what, worker_id: what === 'takeOver' ? 8 : 3 });
    let expected = nameOf(id);
    if (what === 'claimNext') await control.claimNext();
    if (what === 'takeOver') await control.takeOver(id, { from: 8 });
    if (what === 'retryOperation') expected = nameOf((await control.retryOperation(id)).operation.id);
    if (what === 'runBatches') {
      const start = { phase: 'execution', tableName: what, operation: 'batch_migration', batchSize: 1 } as const;
      const seen: string[] = [];
      const migrateBatch = async () => {
        seen.push(await sessionName(database, client));
        return 0;
      };
      await control.runBatches({ start, migrateBatch });
      expect(seen).toEqual([expected]);
      expected = 'importer';
    }
    expect(await sessionName(database, client)).toBe(expected);
  });

  it.each(['failOperation', 'releaseOperation', 'updateMigrationProgress', 'waitWhilePaused'] as const)(
    '%s resets it when the worker must leave the operation',
    async (what) => {
      const { id } = await control.startOperation({ phase: 'execution', tableName: 't', operation: 'o' });
      expect(await sessionName(database, client)).toBe(nameOf(id));
      if (what === 'updateMigrationProgress' || what === 'waitWhilePaused') await setStatus(database, id, 'skipped');
      if (what === 'updateMigrationProgress') await control.updateMigrationProgress(id, 1);
      else if (what === 'failOperation') await control.failOperation(id, 'no');
      else await control[what](id);
      expect(await sessionName(database, client)).toBe('importer');
    },
  );

  it.each(['skipped while it works', 'aborted while it waits'])('a run that is %s resets it', async (end) => {
    const abort = new AbortController();
    const outcome = await control.runBatches({
      start: { phase: 'execution', tableName: end, operation: 'o', batchSize: 1 },
      signal: abort.signal,
      pollIntervalMs: 1,
      migrateBatch: async ({ operation: { id } }) => {
        await setStatus(database, id, end.startsWith('skipped') ? 'skipped' : 'paused');
        if (end.startsWith('aborted')) void untilPauseNoticed(database, client).then(() => abort.abort());
        return 0;
      },
    });
    expect(outcome.kind).toBe(end.startsWith('skipped') ? 'stopped' : 'aborted');
    expect(await sessionName(database, client)).toBe('importer');
  });

  it('shows that a worker has noticed a pause', async () => {
    const { id } = await control.startOperation({ phase: 'execution', tableName: 't', operation: 'o' });
    await client.query('BEGIN');
    await control.updateMigrationProgress(id, 1);
    const operator = await database.connect();
    await operator.query("SET lock_timeout = '1ms'");
    await expect(
      operator.query("UPDATE migration_control SET status = 'paused' WHERE id = $1", [id]),
    ).rejects.toMatchObject({ code: '55P03' });
    expect(parseSessionName(await sessionName(database, client))).toEqual({
      run: 'dispatch',
      workerId: 3,
      operationId: id,
      paused: false,
    });
    await client.query('COMMIT');
  });
});
