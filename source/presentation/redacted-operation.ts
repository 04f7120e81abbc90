import type { Operation } from '../domain/operation.ts';
import { redactError, redactSql } from '../domain/redact.ts';

/** An operation with `…` instead of the values in its error and its queries. */
export function redactedOperation(operation: Operation): Operation {
  const { errorMessage, sourceQuery, validationQuery } = operation;
  return {
    ...operation,
    errorMessage: errorMessage === null ? null : redactError(errorMessage),
    sourceQuery: sourceQuery === null ? null : redactSql(sourceQuery),
    validationQuery: validationQuery === null ? null : redactSql(validationQuery),
  };
}
