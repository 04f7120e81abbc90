import { DatabaseError } from '../database/database-error.ts';
import { commandWords } from './command-table.ts';
import { type Flag, flags, parserFlags } from './flags.ts';

/** The option parser: meow, and the module whose package.json it reads for the name and the version. */
export interface OptionParser {
  readonly meow: typeof import('meow').default;
  readonly importMeta: ImportMeta;
}

/** The command line, separated into arguments and options. */
export interface Words {
  readonly input: readonly string[];
  readonly flags: Readonly<Partial<ReturnType<typeof readFlags>['flags']>>;
  readonly pkg: { readonly description?: string | undefined; readonly version?: string | undefined };
}

/** Whether the command line may contain an option. Without one, meow is not loaded, which saves 30 ms. */
export function hasOptions(argv: readonly string[]): boolean {
  return argv.some((word) => word.startsWith('-'));
}

/** Whether the command line asks for what package.json says: the version, or the description above the help. */
export function asksForPackage([first]: readonly string[]): boolean {
  return first === 'help' || first === 'version';
}

/** @param parser null if `hasOptions` says that none is needed @throws {DatabaseError} kind `usage` */
export function readWords(argv: readonly string[], parser: OptionParser | null): Words {
  return parser === null ? { input: argv, flags: {}, pkg: {} } : readFlags(argv, parser);
}

/**
 * Joins an option with its value, if that begins with a dash (`--until -2h`, `--where -is:resolved`): meow would take it for options of one letter.
 * A word that is an option is no value.
 */
function withDashedValues(argv: readonly string[]): readonly string[] {
  const joined: string[] = [];
  let isJoined = false;
  for (const [index, word] of argv.entries()) {
    if (word === '--') return [...joined, ...argv.slice(index)];
    const next = argv[index + 1] ?? '';
    if (!isJoined) joined.push(takesValue(word) && isDashedValue(next) ? `${word}=${next}` : word);
    isJoined = !isJoined && takesValue(word) && isDashedValue(next);
  }
  return joined;
}

const takesValue = (word: string): boolean =>
  (flags as readonly Flag[]).some(({ name, value }) => value !== undefined && word === `--${name}`);

const isDashedValue = (word: string): boolean =>
  /^-[^-]/.test(word) && !(flags as readonly Flag[]).some(({ short }) => short !== undefined && word === `-${short}`);

/**
 * Gives an option that may be repeated an empty value where it has none (`--critical --json`), which is reported as for the other options:
 * meow would leave the option out.
 */
function withEmptyValues(argv: readonly string[]): readonly string[] {
  const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
  return argv.flatMap((word, index) => {
    const name = index < end ? repeatable(word) : null;
    if (name === null) return [word];
    const isEmpty = word.endsWith('=') || index + 1 === end || argv[index + 1]?.startsWith('-') === true;
    return isEmpty ? [name, ''] : [word];
  });
}

/** `--critical` for `--critical` and `--critical=`; null for the options that may be given once only, and for one with a value. */
function repeatable(word: string): string | null {
  const found = (flags as readonly Flag[]).find(
    ({ name, isMultiple }) => isMultiple && (word === `--${name}` || word === `--${name}=`),
  );
  return found === undefined ? null : `--${found.name}`;
}

/** meow throws if an option is given twice. */
function readFlags(argv: readonly string[], { meow, importMeta }: OptionParser) {
  try {
    return meow({
      importMeta,
      argv: withEmptyValues(withDashedValues(argv)),
      autoHelp: false,
      autoVersion: false,
      allowUnknownFlags: true,
      flags: parserFlags(),
    });
  } catch {
    const twice = flags.find(
      (flag) =>
        'value' in flag &&
        !('isMultiple' in flag) &&
        argv.filter((word) => word === `--${flag.name}` || word.startsWith(`--${flag.name}=`)).length > 1,
    );
    // The parser's message may repeat an argument.
    throw usage(twice === undefined ? 'cannot read the options' : `--${twice.name} is given more than once`);
  }
}

/** An error of kind `usage`, whose message names the help. @param message may have no value that can be a password */
export function usage(message: string): DatabaseError {
  return new DatabaseError('usage', `${message} ${seeHelp}`);
}

const seeHelp = '(see: migtop --help)';

/** An error of kind `usage` that names the help of the command that was typed, not that of the whole program; other errors as they are. */
export function withCommandHelp(error: unknown, [first]: readonly string[]): unknown {
  const command = commandWords.find((word) => word === first);
  if (command === undefined || !(error instanceof DatabaseError) || !error.message.endsWith(seeHelp)) return error;
  const message = `${error.message.slice(0, -seeHelp.length)}(see: migtop ${command} --help)`;
  return new DatabaseError(error.kind, message, error, error.secrets);
}
