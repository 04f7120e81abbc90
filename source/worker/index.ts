/** `migtop/worker`: what the workers of a migration import to be seen and steered through the control table. */
export type { Phase, Status } from '../domain/operation.ts';
export type { Batch, BatchOptions, BatchResult, RunBatchesOptions, RunOutcome, Work } from './batch.ts';
export { createMigrationControl, type IncompleteFilter, type MigrationControl } from './control.ts';
export type { Counts, Retry } from './ending.ts';
export { ControlTableError, OperationGoneError, OperationTakenError, TransitionError } from './errors.ts';
export type { Operation } from './operation.ts';
export type { ProgressAnswer } from './progress.ts';
export {
  type ClientOf,
  type ClientPool,
  clientTransaction,
  poolTransaction,
  type Queryable,
  type Transaction,
} from './queryable.ts';
export type { ControlOptions } from './session.ts';
export type { ClaimFilter, StartOptions } from './starting.ts';
export type { WaitOptions } from './waiting.ts';
