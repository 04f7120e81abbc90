import type { Validation } from '../domain/validation.ts';

/** The validation of a table as `status` names it. */
export const validationWords: Readonly<Record<Validation, string>> = {
  valid: 'passed',
  partial: 'fewer records',
  failed: 'FAILED',
  open: 'open',
  none: '-',
};
