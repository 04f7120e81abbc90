import { describe, expect, it } from 'vitest';
import { connectionWords } from '../../source/commands/complete.ts';
import { completionScript, shells } from '../../source/commands/completion.ts';

describe('the words that say where to connect', () => {
  it.each([
    ['pause', { command: 'pause', connection: null, options: [] }],
    ['pause 12 13', { command: 'pause', connection: null, options: [] }],
    ['pause 12 dispatch', { command: 'pause', connection: 'dispatch', options: [] }],
    ['show --target prod', { command: 'show', connection: null, options: ['--target', 'prod'] }],
    [
      '--config=c.toml --target prod retry',
      { command: 'retry', connection: null, options: ['--config', 'c.toml', '--target', 'prod'] },
    ],
    ['skip --where status:failed --reason full', { command: 'skip', connection: null, options: [] }],
    ['skip --url', { command: 'skip', connection: null, options: [] }],
    ['dispatch', { command: null, connection: 'dispatch', options: [] }],
  ])('%s', (line, expected) => {
    expect(connectionWords(line.split(' '))).toEqual(expected);
  });
});

it('the script for zsh says for each command what its other words are: else zsh offers no option after the command', () => {
  const calls = completionScript('zsh').match(/^ {4}[a-z]+\) _arguments .*$/gm) ?? [];
  expect(calls.length).toBeGreaterThan(15);
  for (const call of calls) expect(call).toMatch(/ '(?:\*|1):[^']*'.* ;;$/);
});

it.each(shells)('the script for %s asks migtop for targets and ids', (shell) => {
  const script = completionScript(shell);
  expect(script).toMatch(/__complete targets /);
  expect(script).toMatch(/__complete ids /);
  expect(script).toMatch(/-F|_files|compgen -f/);
});
