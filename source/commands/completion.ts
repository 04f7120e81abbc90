import { type CommandName, commandWords, everyCommand } from './command-table.ts';
import { completing } from './completing.ts';
import { affects, type Flag, flags } from './flags.ts';

/** The shells that `migtop completion` knows. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/**
 * The script that completes commands, options and their values in a shell. It runs migtop only for targets and for the ids of
 * operations (`complete.ts`).
 */
export function completionScript(shell: Shell): string {
  switch (shell) {
    case 'bash':
      return bash();
    case 'zsh':
      return zsh();
    case 'fish':
      return fish();
  }
}

const optionsOf = (name: string): readonly Flag[] => {
  const command = everyCommand.find((one) => one.name === name);
  return command === undefined ? [] : (flags as readonly Flag[]).filter((flag) => affects(flag, command.name));
};

/** The words after a command that is not a connection. */
function argumentsOf(name: string): readonly string[] {
  if (name === 'help') return commandWords;
  return name === 'completion' ? shells : [];
}

const withWords = (flags as readonly Flag[]).filter(({ words }) => words !== undefined);
/** The options whose value is no word: after them nothing is offered. */
const withValue = (flags as readonly Flag[]).filter(
  ({ value, words, completes }) => value !== undefined && words === undefined && completes === undefined,
);
const ofKind = (kind: Flag['completes']): readonly Flag[] =>
  (flags as readonly Flag[]).filter(({ completes }) => completes === kind);

/** The commands that take ids. */
const withIds: readonly CommandName[] = everyCommand
  .filter(({ takes }) => takes.startsWith('ID'))
  .map(({ name }) => name);

function bash(): string {
  const options = everyCommand.map(
    ({ name }) =>
      `    ${name}) words='${[...optionsOf(name).map((flag) => `--${flag.name}`), ...argumentsOf(name)].join(' ')}' ;;`,
  );
  const values = withWords.map(({ name, words }) => `    --${name}) words='${words?.join(' ')}' ;;`);
  return `# bash completion for migtop; written by: migtop completion bash
_migtop() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=monitor words='' one
  for one in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $one in
    ${commandWords.join('|')}) command=$one; break ;;
    esac
  done
  case $before in
${values.join('\n')}
    ${ofKind('targets')
      .map(({ name }) => `--${name}`)
      .join('|')}) words=$("\${COMP_WORDS[0]}" ${completing} targets "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null) ;;
    ${ofKind('files')
      .map(({ name }) => `--${name}`)
      .join('|')}) COMPREPLY=($(compgen -f -- "$word")); return ;;
    ${withValue.map(({ name }) => `--${name}`).join('|')}) return ;;
    *)
      case $command in
${options.join('\n')}
      esac
      case $command in
      ${withIds.join('|')})
        if [[ $word != -* ]]; then
          words=$("\${COMP_WORDS[0]}" ${completing} ids "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)
        fi ;;
      esac
      if [ "$command" = monitor ]; then words="${commandWords.join(' ')} $words"; fi ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _migtop migtop
`;
}

function zsh(): string {
  const commands = everyCommand.flatMap(({ name, summary }) =>
    name === 'monitor' ? [] : [`    '${name}:${quoted(summary)}'`],
  );
  const cases = everyCommand.map(({ name }) => {
    const specs = optionsOf(name).map(({ name: option, help, value, words, completes }) => {
      const action =
        completes === 'targets' ? '_migtop_targets' : completes === 'files' ? '_files' : `(${words?.join(' ') ?? ''})`;
      const offered = words === undefined && completes === undefined ? '' : action;
      const what = value === undefined ? '' : `:${value.toLowerCase()}:${offered}`;
      return `'--${option}[${quoted(help)}]${what}'`;
    });
    return `    ${name}) _arguments ${specs.join(' ')} ${restInZsh(name)} ;;`;
  });
  return `#compdef migtop
# zsh completion for migtop; written by: migtop completion zsh
_migtop_targets() { compadd -- \${(f)"$($words[1] ${completing} targets "\${(@)words[2,CURRENT-1]}" 2>/dev/null)"} }
_migtop_ids() { compadd -- \${(f)"$($words[1] ${completing} ids "\${(@)words[2,CURRENT-1]}" 2>/dev/null)"} }
_migtop_commands() {
  local -a commands
  commands=(
${commands.join('\n')}
  )
  _describe command commands
}
_migtop() {
  local command=monitor one
  for one in \${words[2,CURRENT-1]}; do
    case $one in
    ${commandWords.join('|')}) command=$one; break ;;
    esac
  done
  case $command in
${cases.join('\n')}
  esac
}
if [ "\${funcstack[1]}" = _migtop ]; then _migtop "$@"; else compdef _migtop migtop; fi
`;
}

/** The completion of the words after the options. Without that, zsh offers no option after the word of a command. */
function restInZsh(name: CommandName): string {
  if (name === 'monitor') return "'1:command:_migtop_commands' '*: :'";
  if (withIds.includes(name)) return "'*:id:_migtop_ids'";
  return argumentsOf(name).length > 0 ? `'*:word:(${argumentsOf(name).join(' ')})'` : "'*: :'";
}

function fish(): string {
  const none = `not __fish_seen_subcommand_from ${commandWords.join(' ')}`;
  const lines = everyCommand.flatMap((command) => {
    const condition = command.name === 'monitor' ? none : `__fish_seen_subcommand_from ${command.name}`;
    const options = optionsOf(command.name).map(({ name, short, help, value, words, completes }) => {
      const letter = short === undefined ? '' : ` -s ${short}`;
      const offered =
        completes === 'targets' ? called('targets') : completes === 'files' ? null : (words?.join(' ') ?? '');
      const takes =
        value === undefined ? '' : offered === null ? ' -r -F' : offered === '' ? ' -x' : ` -x -a '${offered}'`;
      return `complete -c migtop -n '${condition}' -l ${name}${letter}${takes} -d '${quoted(help)}'`;
    });
    const named =
      command.name === 'monitor'
        ? []
        : [`complete -c migtop -n '${none}' -a ${command.name} -d '${quoted(command.summary)}'`];
    const words = withIds.includes(command.name) ? [called('ids')] : argumentsOf(command.name);
    const rest = words.length === 0 ? [] : [`complete -c migtop -n '${condition}' -k -a '${words.join(' ')}'`];
    return [...named, ...options, ...rest];
  });
  return `# fish completion for migtop; written by: migtop completion fish
complete -c migtop -f
${lines.join('\n')}
`;
}

/** The call of migtop in fish. */
function called(what: 'targets' | 'ids'): string {
  return `(migtop ${completing} ${what} (commandline -opc)[2..] 2>/dev/null)`;
}

/** A help text within single quotes, brackets and colons of the shells. */
function quoted(text: string): string {
  return text
    .replaceAll("'", '’')
    .replaceAll('"', '')
    .replaceAll('[', '(')
    .replaceAll(']', ')')
    .replaceAll(':', ' –')
    .replaceAll('\\', '');
}
