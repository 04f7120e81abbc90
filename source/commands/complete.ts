import type { Status } from '../domain/operation.ts';
import { parseArguments } from './arguments.ts';
import { type CommandName, commandWords } from './command-table.ts';
import { chosenSettings, configured, readConfig } from './config/configure.ts';
import { type Flag, flags } from './flags.ts';
import { openAt } from './open.ts';
import { print } from './print.ts';
import type { Surroundings } from './surroundings.ts';
import type { OptionParser } from './words.ts';

/** How many ids are offered: the newest that the command can change. */
const mostIds = 50;

/** The statuses of the operations that a command can change; absent if it takes any. */
const statusesOf: Readonly<Partial<Record<CommandName, readonly Status[]>>> = {
  pause: ['running', 'pending'],
  resume: ['paused'],
  skip: ['pending', 'paused', 'failed'],
  retry: ['failed', 'skipped'],
  takeover: ['running', 'paused'],
};

/**
 * `migtop __complete targets|ids WORD…`: prints what the shells offer for the next word, a line each. `WORD…` are the words before
 * it. It never asks for a password and prints no error.
 */
export async function runComplete(
  [what, ...words]: readonly string[],
  parser: OptionParser,
  surroundings: Surroundings,
): Promise<void> {
  const line = connectionWords(words);
  if (what === 'targets') {
    const at = line.options.indexOf('--config');
    const { targets } = await readConfig(at === -1 ? undefined : line.options[at + 1], surroundings.env);
    await print(surroundings.stdout, targets.map(({ name }) => `${name}\n`).join(''));
  }
  if (what === 'ids') await print(surroundings.stdout, (await idsFor(line, parser, surroundings)).join(''));
}

async function idsFor(
  { command, connection, options }: ConnectionWords,
  parser: OptionParser,
  surroundings: Surroundings,
): Promise<readonly string[]> {
  const argv = ['status', ...(connection === null ? [] : [connection]), ...options, '--no-password', '--no-cache'];
  const invocation = await configured(parseArguments(argv, parser), surroundings.env);
  if (invocation.command !== 'status') return [];
  const { connection: named, flags: given } = invocation;
  const settings = chosenSettings(named, given, surroundings.env);
  const table = await openAt(settings, given, surroundings, { ask: async () => null, warn: () => {} });
  try {
    const statuses = command === null ? undefined : statusesOf[command];
    const terms = statuses === undefined ? [] : [{ negated: false, field: 'status', values: statuses } as const];
    const found = await table.page({ direction: 'older', from: null, filter: { terms }, limit: mostIds });
    return found.map(({ id }) => `${id}\n`);
  } finally {
    await table.close();
  }
}

interface ConnectionWords {
  readonly command: CommandName | null;
  readonly connection: string | null;
  /** The options that say where to connect, with their values. */
  readonly options: readonly string[];
}

const connectionOptions = ['--target', '--url', '--config', '--table'];

/** The words of an unfinished command line that say where to connect. */
export function connectionWords(words: readonly string[]): ConnectionWords {
  const options: string[] = [];
  const others: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const [name = '', value] = /^(--[a-z-]+)=(.*)$/s.exec(word)?.slice(1) ?? [word];
    if (connectionOptions.includes(name)) {
      const given = value ?? words[++at];
      if (given !== undefined && given !== '') options.push(name, given);
    } else if (withValue.includes(name)) at += value === undefined ? 1 : 0;
    else if (!word.startsWith('-')) others.push(word);
  }
  const command = commandWords.find((one) => one === others[0]) ?? null;
  const connection = others.slice(command === null ? 0 : 1).find((word) => !/^\d*$/.test(word)) ?? null;
  return { command, connection, options };
}

/** The options whose next word is a value. */
const withValue = (flags as readonly Flag[]).flatMap(({ name, value }) => (value === undefined ? [] : [`--${name}`]));
