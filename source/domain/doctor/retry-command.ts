import { printFilter } from '../filter/print.ts';
import { shellWord } from '../quote-name.ts';

/** The command that retries the unresolved failures of a kind: an operator needs no SQL for it. */
export function retryCommand(kind: string): string {
  const filter = printFilter({
    terms: [
      { negated: false, field: 'kind', values: [{ literals: [kind], isExact: true }] },
      { negated: false, field: 'is', values: ['unresolved'] },
    ],
  });
  return `migtop retry --where ${shellWord(filter)}`;
}
