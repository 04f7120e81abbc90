import type { PGlite } from '@electric-sql/pglite';
import type pg from 'pg';
import { expectTypeOf, it } from 'vitest';
import {
  AmbiguousCheckpointError,
  type Batch,
  type BatchResult,
  type CheckpointChoice,
  type ControlOptions,
  createMigrationControl,
  type MigrationControl,
  type Operation,
  OperationGoneError,
  OperationTakenError,
  type Phase,
  type ProgressAnswer,
  poolTransaction,
  type Queryable,
  type Retry,
  type RunBatchesOptions,
  type RunOutcome,
  type StartOptions,
  type Status,
  type Transaction,
  TransitionError,
} from '../../source/worker/index.ts';

// Checked by tsc. That each runs, too, shows only that nothing here is undefined.

it('takes anything that has a query like pg’s', () => {
  expectTypeOf<pg.Pool>().toExtend<Queryable>();
  expectTypeOf<pg.Client>().toExtend<Queryable>();
  expectTypeOf<pg.PoolClient>().toExtend<Queryable>();
  expectTypeOf<PGlite>().toExtend<Queryable>();
  expectTypeOf<Parameters<Parameters<PGlite['transaction']>[0]>[0]>().toExtend<Queryable>();
  expectTypeOf<{ query(text: string): Promise<void> }>().not.toExtend<Queryable>();
  expectTypeOf<{ execute: Queryable['query'] }>().not.toExtend<Queryable>();
});

it('is made of a database and a worker’s number', () => {
  expectTypeOf(createMigrationControl<pg.Pool>).parameters.toEqualTypeOf<[db: pg.Pool, options: ControlOptions]>();
  expectTypeOf(createMigrationControl<pg.Pool>).returns.toEqualTypeOf<MigrationControl<pg.Pool>>();
  expectTypeOf<{ workerId: number }>().toExtend<ControlOptions>();
  expectTypeOf<{ workerId: number; table: string; run: string }>().toExtend<ControlOptions>();
  expectTypeOf<{ table: string }>().not.toExtend<ControlOptions>();
  expectTypeOf<{ workerId: string }>().not.toExtend<ControlOptions>();
});

it('knows the specification’s phases and statuses, and no others', () => {
  expectTypeOf<Phase>().toEqualTypeOf<'discovery' | 'planning' | 'mapping' | 'execution' | 'validation' | 'rollback'>();
  expectTypeOf<Status>().toEqualTypeOf<'pending' | 'running' | 'completed' | 'failed' | 'paused' | 'skipped'>();
  expectTypeOf<'exec'>().not.toExtend<Phase>();
  expectTypeOf<{ phase: 'exec'; tableName: string; operation: string }>().not.toExtend<StartOptions>();
  expectTypeOf<{ phase: 'execution'; tableName: string }>().not.toExtend<StartOptions>();
  expectTypeOf<{ phase: 'execution'; tableName: string; operation: string }>().toExtend<StartOptions>();
  // A row's own values can be handed on as they are: null and undefined are "none".
  expectTypeOf<
    Pick<Operation, 'phase' | 'tableName' | 'operation' | 'batchSize' | 'sourceQuery'>
  >().toExtend<StartOptions>();
  expectTypeOf<MigrationControl['getMigrationStatus']>().parameters.toEqualTypeOf<[phase: Phase]>();
});

it('answers a report with what to do, never with more', () => {
  type Answer = Awaited<ReturnType<MigrationControl['updateMigrationProgress']>>;
  expectTypeOf<Answer>().toEqualTypeOf<ProgressAnswer>();
  expectTypeOf<Answer['answer']>().toEqualTypeOf<'continue' | 'pause' | 'stop'>();
  expectTypeOf<Answer['status']>().toEqualTypeOf<Status | null>();
  expectTypeOf<MigrationControl['updateMigrationProgress']>().parameters.toEqualTypeOf<
    [id: number, recordsProcessed: number]
  >();
  expectTypeOf<ReturnType<MigrationControl['waitWhilePaused']>>().resolves.toEqualTypeOf<'continue' | 'stop'>();
});

it('returns operations, and null only where there may be none', () => {
  expectTypeOf<ReturnType<MigrationControl['startOperation']>>().resolves.toEqualTypeOf<Operation>();
  expectTypeOf<ReturnType<MigrationControl['completeOperation']>>().resolves.toEqualTypeOf<Operation>();
  expectTypeOf<ReturnType<MigrationControl['failOperation']>>().resolves.toEqualTypeOf<Operation>();
  expectTypeOf<ReturnType<MigrationControl['releaseOperation']>>().resolves.toEqualTypeOf<Operation>();
  expectTypeOf<ReturnType<MigrationControl['takeOver']>>().resolves.toEqualTypeOf<Operation>();
  expectTypeOf<ReturnType<MigrationControl['claimNext']>>().resolves.toEqualTypeOf<Operation | null>();
  expectTypeOf<ReturnType<MigrationControl['retryOperation']>>().resolves.toEqualTypeOf<Retry>();
  expectTypeOf<ReturnType<MigrationControl['findIncompleteOperations']>>().resolves.toEqualTypeOf<Operation[]>();
  expectTypeOf<ReturnType<MigrationControl['resumeFromLastCheckpoint']>>().resolves.toBeNumber();
  expectTypeOf<Retry['kind']>().toEqualTypeOf<'started' | 'open' | 'done'>();
  expectTypeOf<Operation['recordsProcessed']>().toEqualTypeOf<number | null>();
  expectTypeOf<Operation>().not.toHaveProperty('version');
});

it('runs batches on an operation or a start, not on both and not on neither', () => {
  type Options = RunBatchesOptions<number, Queryable>;
  const migrateBatch = async () => 0;
  type Given = { migrateBatch: typeof migrateBatch };
  expectTypeOf<Given & { start: StartOptions }>().toExtend<Options>();
  expectTypeOf<Given & { operation: Operation }>().toExtend<Options>();
  expectTypeOf<Given>().not.toExtend<Options>();
  expectTypeOf<Given & { operation: Operation; start: StartOptions }>().not.toExtend<Options>();
  expectTypeOf<{ start: StartOptions; migrateBatch: () => Promise<string> }>().not.toExtend<Options>();
  expectTypeOf<{ start: StartOptions; migrateBatch: () => Promise<void> }>().not.toExtend<Options>();
  expectTypeOf<BatchResult<number>>().toExtend<number | { records: number; lastKey?: number }>();
  expectTypeOf<RunOutcome['kind']>().toEqualTypeOf<
    'completed' | 'already done' | 'failed' | 'aborted' | 'stopped' | 'busy'
  >();
});

it('gives a batch the client of its transaction, and the key of the batch before', () => {
  expectTypeOf<Batch<string, pg.PoolClient>['db']>().toEqualTypeOf<pg.PoolClient>();
  expectTypeOf<Batch<string, pg.PoolClient>['lastKey']>().toEqualTypeOf<string | undefined>();
  expectTypeOf(poolTransaction<pg.Pool>).returns.toExtend<Transaction<pg.PoolClient>>();
  const infer = (control: MigrationControl<pg.Pool>, transaction: Transaction<pg.PoolClient>, start: StartOptions) => [
    control.runBatches({
      start,
      migrateBatch: async (batch) => {
        expectTypeOf(batch.db).toEqualTypeOf<pg.Pool>();
        return 0;
      },
    }),
    control.runBatches({
      start,
      transaction,
      migrateBatch: async (batch) => {
        expectTypeOf(batch.db).toEqualTypeOf<pg.PoolClient>();
        return { records: 0, lastKey: 1 };
      },
    }),
  ];
  expectTypeOf(infer).returns.toEqualTypeOf<Promise<RunOutcome>[]>();
});

it('throws errors that say which operation, and what it is', () => {
  expectTypeOf(TransitionError).instance.toExtend<{ id: number; from: Status; to: Status }>();
  expectTypeOf(OperationTakenError).instance.toExtend<{ id: number; workerId: number | null }>();
  expectTypeOf(OperationGoneError).instance.toExtend<{ id: number }>();
  expectTypeOf(OperationGoneError).instance.not.toHaveProperty('from');
});

it('says what resolves an ambiguous checkpoint, and the result of the work', () => {
  expectTypeOf<MigrationControl['resumeFromLastCheckpoint']>().toBeCallableWith('t', { since: new Date(0), offset: 7 });
  expectTypeOf<MigrationControl['resumeFromLastCheckpoint']>().toBeCallableWith('t');
  expectTypeOf<{ since: Date } | { since: string } | { since: number }>().toExtend<CheckpointChoice>();
  expectTypeOf<{ counting: 'batch'; offset: number }>().toExtend<CheckpointChoice>();
  expectTypeOf<{ counting: 'unclear' }>().not.toExtend<CheckpointChoice>();
  expectTypeOf<RunBatchesOptions<number, Queryable>>().toExtend<CheckpointChoice>();
  expectTypeOf(AmbiguousCheckpointError).instance.toExtend<{ tableName: string; operations: readonly number[] }>();
  expectTypeOf<Extract<RunOutcome, { kind: 'completed' }>>().toExtend<{ records: number; expected: number | null }>();
  expectTypeOf<Extract<RunOutcome, { kind: 'already done' }>['operations']>().toEqualTypeOf<readonly Operation[]>();
});
