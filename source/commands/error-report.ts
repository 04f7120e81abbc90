import { DatabaseError, messageOf } from '../database/database-error.ts';
import { cleanText } from '../domain/clean-text.ts';
import { secretsOf, withoutSecrets } from '../domain/quotable.ts';

/** Maximum number of causes that are shown of an error. */
const maximumCauses = 5;

/**
 * The text for stderr about an error: one line; with `debug` also its stack and those of its causes. Control characters are
 * removed. Stacks repeat messages of the server and of libraries, so possible passwords are removed from them.
 *
 * @param secrets the texts to remove from the stacks
 */
export function errorReport(
  intro: string,
  error: unknown,
  { debug, secrets }: { readonly debug: boolean; readonly secrets: readonly string[] },
): string {
  const message = `${intro}${messageOf(error)}\n`;
  return debug ? message + withoutSecrets(stacks(error), [...secrets, ...secretsWithin(error)]) : message;
}

function stacks(error: unknown): string {
  const lines: string[] = [];
  let one = error;
  for (let depth = 0; depth < maximumCauses && one !== undefined && one !== null; depth++) {
    if (!(one instanceof Error)) {
      if (depth > 0) lines.push(`caused by ${cleanText(String(one))}`);
      break;
    }
    lines.push(`${depth === 0 ? '' : 'caused by '}${cleanText(one.stack ?? `${one.name}: ${one.message}`)}`);
    if (one instanceof AggregateError)
      for (const part of one.errors.slice(0, maximumCauses)) lines.push(`with ${cleanText(messageOf(part))}`);
    one = one.cause;
  }
  return lines.map((line) => `${line}\n`).join('');
}

function secretsWithin(error: unknown, depth = 0): readonly string[] {
  if (!(error instanceof Error) || depth === maximumCauses) return [];
  return [...(error instanceof DatabaseError ? error.secrets : []), ...secretsWithin(error.cause, depth + 1)];
}

/** The secrets in the arguments and the environment, which no message may repeat. */
export function secretsOfProcess(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const words = argv.flatMap((word) => (word.startsWith('-') ? word.replace(/^-+[^=]*=?/, '') : word));
  const named = Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && (name === 'DATABASE_URL' || name.startsWith('PG')) ? [value] : [],
  );
  const passwords = [env.PGPASSWORD ?? ''].filter((password) => password.length > 2);
  return [...passwords, ...[...words, ...named].flatMap(secretsOf)];
}
