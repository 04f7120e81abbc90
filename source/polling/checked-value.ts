import { cleanLine } from '../domain/clean-text.ts';
import { nameShownAs, visibleName } from '../domain/visible-name.ts';

/** Functions that check the values of a JSON file that anybody may have written. Each returns the value, or ends `ifFit`. */

class Unfit extends Error {}

/** Maximum length of a text: queries cut names to 200 characters, and each may be shown as an escape. */
const longestText = 4000;

/** Returns null if a check in `read` fails. */
export function ifFit<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Unfit) return null;
    throw error;
  }
}

/** Narrows the type of a checked value. @throws {Unfit} if `fits` is false: `ifFit` returns null then */
export function check(fits: boolean): asserts fits {
  if (!fits) throw new Unfit();
}

/** Returns an array of at most `longest` values. @throws {Unfit} if the value is none */
export function list(value: unknown, longest: number): readonly unknown[] {
  check(Array.isArray(value) && value.length <= longest);
  return value;
}

/** Returns an array of exactly `length` values. @throws {Unfit} if the value is none */
export function tuple(value: unknown, length: number): readonly unknown[] {
  const values = list(value, length);
  check(values.length === length);
  return values;
}

/** Reads the value; null stays null. */
export function orNull<T>(value: unknown, read: (value: unknown) => T): T | null {
  return value === null ? null : read(value);
}

/** Returns a finite number. @throws {Unfit} for any other value */
export function finiteNumber(value: unknown): number {
  check(typeof value === 'number' && Number.isFinite(value));
  return value;
}

/** Returns a number, also an infinite one (`inf`, `-inf`). @throws {Unfit} for any other value */
export function extended(value: unknown): number {
  if (value === 'inf') return Number.POSITIVE_INFINITY;
  return value === '-inf' ? Number.NEGATIVE_INFINITY : finiteNumber(value);
}

/** Returns a whole number that JavaScript represents exactly. @throws {Unfit} for any other value */
export function wholeNumber(value: unknown): number {
  check(Number.isSafeInteger(value));
  return value as number;
}

/** Returns a whole number of 0 or more. @throws {Unfit} for any other value */
export function natural(value: unknown): number {
  check(wholeNumber(value) >= 0);
  return value as number;
}

/** Returns a whole number of 32 bits with a sign. @throws {Unfit} for any other value */
export function int32(value: unknown): number {
  check(wholeNumber(value) === ((value as number) | 0));
  return value as number;
}

/** Returns a boolean. @throws {Unfit} for any other value */
export function flag(value: unknown): boolean {
  check(typeof value === 'boolean');
  return value;
}

/** Returns a text of at most `longestText` characters, not cleaned. @throws {Unfit} for any other value */
export function plain(value: unknown): string {
  check(typeof value === 'string' && value.length <= longestText);
  return value;
}

/** A text that may be shown: no control characters. */
export function shownLine(value: unknown): string {
  check(cleanLine(plain(value)) === value);
  return value as string;
}

/** A name as `visibleName` shows it. */
export function name(value: unknown): string {
  check(visibleName(nameShownAs(plain(value))) === value);
  return value as string;
}
