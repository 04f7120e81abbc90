import type { Validation } from '../domain/validation.ts';
import { dash } from './columns.ts';

/** The validation of a table as `status` names it. */
export const validationWords: Readonly<Record<Validation, string>> = {
  valid: 'passed',
  early: 'passed too early',
  partial: 'part checked',
  failed: 'FAILED',
  open: 'open',
  none: dash,
};

/** The words where there is little room. */
export const shortValidationWords: Readonly<Record<Validation, string>> = {
  ...validationWords,
  early: 'too early',
  partial: 'part',
};
