import { randomUUID } from 'node:crypto';

/** The digits of a UUID that count the keys of an action on many. */
const countingDigits = 12;

/** Makes the keys of the rows of one action on many, by which the audit shows that they belong together (domain/bulk-key.ts). */
export function bulkKeys(): () => string {
  const random = randomUUID();
  // RFC 9562: a program makes up the contents of a UUID of version 8.
  const common = `${random.slice(0, 14)}8${random.slice(15, -countingDigits)}`;
  let made = 0;
  return () => common + (made++).toString(16).padStart(countingDigits, '0');
}
