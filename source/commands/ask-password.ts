import { openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { ReadStream, WriteStream } from 'node:tty';
import { cleanLine } from '../domain/clean-text.ts';

/**
 * Asks for a password on the terminal of this process, whatever its standard streams are, and shows nothing of it.
 * Null where there is no terminal, or where the user gave up with ctrl-c or ctrl-d.
 */
export async function askPassword(user: string): Promise<string | null> {
  let input: ReadStream;
  let output: WriteStream;
  try {
    input = new ReadStream(openSync('/dev/tty', 'r'));
    output = new WriteStream(openSync('/dev/tty', 'w'));
  } catch {
    return null;
  }
  // readline would show each letter: it writes into nothing.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input, output: nowhere, terminal: true });
  output.write(`Password for user ${cleanLine(user)}: `);
  try {
    return await new Promise<string | null>((resolve) => {
      reader.once('line', resolve);
      reader.once('SIGINT', () => resolve(null));
      reader.once('close', () => resolve(null));
    });
  } finally {
    reader.close();
    output.write('\n');
    input.destroy();
    output.destroy();
  }
}
