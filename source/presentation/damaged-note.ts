import { count } from './figures.ts';

/** The note about lines of the local audit that cannot be read; none if there are none. */
export function damagedNote(lines: number): string {
  if (lines === 0) return '';
  return `${lines === 1 ? '1 line' : `${count(lines)} lines`} of the local audit cannot be read: some actions of operators may be missing`;
}
