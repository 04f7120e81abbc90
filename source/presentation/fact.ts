import type { Tone } from './theme.ts';

/** A line about an operation in its detail. */
export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly tone?: Tone;
  /** The Markdown without the values of errors and queries. */
  readonly redacted?: string;
}
