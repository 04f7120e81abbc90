import { openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { ReadStream, WriteStream } from 'node:tty';
import { DatabaseError } from '../database/database-error.ts';
import { cleanLine } from '../domain/clean-text.ts';
import { isUtf8 } from '../domain/locale.ts';
import { asciiText } from '../presentation/charset.ts';
import { signalExitCode, signalsThatEnd } from './signals.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Asks for a password on the terminal of this process, whatever its standard streams are, and shows nothing of it.
 * Null where there is no terminal, or where the user ends the input with ctrl-d.
 *
 * @throws {DatabaseError} kind `authentication`, where the user leaves the prompt with ctrl-c
 */
export async function askPassword(user: string, { env, onSignal, exit }: Surroundings): Promise<string | null> {
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
  const prompt = `Password for user ${cleanLine(user)}: `;
  output.write(isUtf8(env) ? prompt : asciiText(prompt));
  const stopListening = onSignal(signalsThatEnd(), (signal) => {
    // The terminal would stay without an echo.
    reader.close();
    exit(signalExitCode(signal));
  });
  try {
    return await new Promise<string | null>((resolve, reject) => {
      reader.once('line', resolve);
      reader.once('SIGINT', () =>
        reject(new DatabaseError('authentication', 'The password prompt was left with ctrl-c.')),
      );
      reader.once('close', () => resolve(null));
    });
  } finally {
    stopListening();
    reader.close();
    output.write('\n');
    input.destroy();
    output.destroy();
  }
}
