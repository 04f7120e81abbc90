import { createInterface } from 'node:readline';
import { isUtf8 } from '../domain/locale.ts';
import { asciiText } from '../presentation/charset.ts';
import type { Surroundings } from './surroundings.ts';

/** Asks on the terminal. Only `y` or `yes` is a yes; the end of the input (ctrl-d) and ctrl-c are a no. */
export async function askYes(question: string, { stdin, stderr, env }: Surroundings): Promise<boolean> {
  const reader = createInterface({ input: stdin, output: stderr, terminal: true });
  const prompt = `${question} [y/N] `;
  try {
    return await new Promise<boolean>((resolve) => {
      reader.once('close', () => resolve(false));
      reader.once('SIGINT', () => {
        stderr.write('\n');
        resolve(false);
      });
      reader.question(isUtf8(env) ? prompt : asciiText(prompt), (answer) => resolve(/^\s*y(es)?\s*$/i.test(answer)));
    });
  } finally {
    reader.close();
  }
}
