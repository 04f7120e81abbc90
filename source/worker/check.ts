import { isPhase, type Phase, phases } from '../domain/operation.ts';

/** Each check returns its value, or refuses a value that the table cannot store. @throws {TypeError} */
export function checkPhase(phase: Phase): Phase {
  if (isPhase(phase)) return phase;
  throw new TypeError(`phase is ${String(phase)}; it must be one of ${phases.join(', ')}.`);
}

/** The id of an operation. @throws {TypeError} if it is no whole number within 2^53 */
export function checkId(id: number): number {
  if (Number.isSafeInteger(id)) return id;
  throw new TypeError(`id is ${String(id)}; it must be a whole number.`);
}

/** A text that is not empty. @throws {TypeError} */
export function checkText(name: string, value: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new TypeError(`${name} is ${value === '' ? 'empty' : String(value)}; it must be a non-empty string.`);
}

/** A number of records: a whole number, 0 or more. */
export function checkCount(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new TypeError(`${name} is ${String(value)}; it must be a whole number, 0 or more.`);
}

/** A number of records, or null for none given. @throws {TypeError} as `checkCount` does */
export function checkOptionalCount(name: string, value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : checkCount(name, value);
}
