import { isPhase, type Phase, phases } from '../domain/operation.ts';

/** Refuses what the table could not hold, or would hold and nobody could read. @throws {TypeError} */
export function checkPhase(phase: Phase): Phase {
  if (isPhase(phase)) return phase;
  throw new TypeError(`phase is ${String(phase)}; it has to be one of ${phases.join(', ')}.`);
}

export function checkId(id: number): number {
  if (Number.isSafeInteger(id)) return id;
  throw new TypeError(`id is ${String(id)}; it has to be a whole number.`);
}

export function checkText(name: string, value: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new TypeError(`${name} is ${value === '' ? 'empty' : String(value)}; it has to be a text.`);
}

/** A number of records. */
export function checkCount(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new TypeError(`${name} is ${String(value)}; it has to be a whole number, 0 or more.`);
}

export function checkOptionalCount(name: string, value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : checkCount(name, value);
}
