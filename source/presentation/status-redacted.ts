import { redactError } from '../domain/redact.ts';
import type { StatusDocument } from './status-document.ts';

/** The document with values taken out of its errors. */
export function statusWithoutValues(document: StatusDocument): StatusDocument {
  const failures = document.failures.map((failure) => ({
    ...failure,
    errorMessage: failure.errorMessage === null ? null : redactError(failure.errorMessage),
  }));
  return { ...document, failures };
}
