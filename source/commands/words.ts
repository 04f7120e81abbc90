import { DatabaseError } from '../database/database-error.ts';
import { flags, parserFlags } from './flags.ts';

/** What reads the options: meow, and the module whose package it tells the name and version of. */
export interface OptionParser {
  readonly meow: typeof import('meow').default;
  readonly importMeta: ImportMeta;
}

/** The words of the command line, its options apart. */
export interface Words {
  readonly input: readonly string[];
  readonly flags: Readonly<Partial<ReturnType<typeof readFlags>['flags']>>;
  readonly pkg: { readonly description?: string | undefined; readonly version?: string | undefined };
}

/** Whether any of the words may be an option. Most command lines have none: then meow is not loaded, which takes 30 ms. */
export function hasOptions(argv: readonly string[]): boolean {
  return argv.some((word) => word.startsWith('-'));
}

/** @param parser null where `hasOptions` says that none is needed @throws {DatabaseError} kind `usage` */
export function readWords(argv: readonly string[], parser: OptionParser | null): Words {
  return parser === null ? { input: argv, flags: {}, pkg: {} } : readFlags(argv, parser);
}

/** meow throws where an option is given twice. */
function readFlags(argv: readonly string[], { meow, importMeta }: OptionParser) {
  try {
    return meow({
      importMeta,
      argv,
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
    // What the parser says may repeat an argument.
    throw usage(twice === undefined ? 'cannot read the options' : `--${twice.name} is given more than once`);
  }
}

export function usage(message: string): DatabaseError {
  return new DatabaseError('usage', `${message} (see: migtop --help)`);
}
