/** `migtop/worker`: the library that migrating programs import, so that operators can watch, pause and skip their operations. */
export type { Ambiguity } from '../domain/checkpoint.ts';
export type { Phase, Status } from '../domain/operation.ts';
export type { Batch, BatchOptions, BatchResult, OperationChoice, RunBatchesOptions, RunOutcome } from './batch.ts';
export type { CheckpointChoice } from './checkpoint.ts';
export { createMigrationControl, type IncompleteFilter, type MigrationControl } from './control.ts';
export type { Counts } from './ending.ts';
export {
  AmbiguousCheckpointError,
  ControlTableError,
  OperationGoneError,
  OperationTakenError,
  TransitionError,
} from './errors.ts';
export type { WorkerOperation as Operation } from './operation.ts';
export type { ProgressAnswer } from './progress.ts';
export {
  type ClientOf,
  type ClientPool,
  clientTransaction,
  poolTransaction,
  type Queryable,
  type Transaction,
} from './queryable.ts';
export type { Retry } from './retrying.ts';
export type { ControlOptions } from './session.ts';
export type { ClaimFilter, StartOptions } from './starting.ts';
export type { WaitOptions } from './waiting.ts';
