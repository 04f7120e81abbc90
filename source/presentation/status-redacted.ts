import { redactError, redactKind, redactSql } from '../domain/redact.ts';
import type { StatusDocument } from './status-document.ts';

/** The document with values taken out of its errors, kinds of failure and queries. */
export function statusWithoutValues(document: StatusDocument): StatusDocument {
  return {
    ...document,
    failures: document.failures.map((failure) => ({
      ...failure,
      errorMessage: failure.errorMessage === null ? null : redactError(failure.errorMessage),
      kind: redactKind(failure.kind),
    })),
    failureKinds: document.failureKinds.map((one) => ({ ...one, kind: redactKind(one.kind) })),
    workers: document.workers.map((worker) => ({
      ...worker,
      waitsFor: worker.waitsFor.map((one) => ({ ...one, query: one.query === null ? null : redactSql(one.query) })),
    })),
  };
}
