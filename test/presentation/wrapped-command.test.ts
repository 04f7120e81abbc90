import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { commandLine } from '../../source/presentation/command-line.ts';
import { widthOf } from '../../source/presentation/text-width.ts';
import { wrapCommand } from '../../source/presentation/wrapped-command.ts';
import { target } from '../support/fixtures.ts';

/** The words that a shell makes of lines that were copied from the dialog, with the blanks before them. */
function words(lines: readonly string[]): string[] {
  const copied = lines.map((line) => `${' '.repeat(23)}${line}`).join('\n');
  return execFileSync('sh', ['-c', `printf '%s\\n' ${copied.trimStart()}`], { encoding: 'utf8' })
    .trimEnd()
    .split('\n');
}

const ids = Array.from({ length: 60 }, (_, index) => 101 + 2 * index);

describe('a command line that is wrapped', () => {
  it.each([
    commandLine('skip', { ids: ids.slice(0, 12) }, target, "it's done"),
    commandLine('skip', { ids }, target, 'the rows are known to be duplicates'),
    commandLine('retry', { where: 'kind:"foreign key" table:="a b"' }, target),
  ])('is the same command for a shell: %s', (command) => {
    for (const width of [50, 57, 97, 177]) {
      const lines = wrapCommand(command, width);
      expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(width);
      expect(words(lines)).toEqual(words([command]));
    }
  });

  it('ends its lines between ids, not inside them or inside a quoted value', () => {
    const lines = wrapCommand(commandLine('skip', { ids: ids.slice(0, 12) }, target), 57);
    expect(lines).toEqual([
      'migtop skip 101 103 105 107 109 111 113 115 117 119 121 \\',
      "123 'host=db1 port=5432 user=ops dbname=dispatch'",
    ]);
  });

  it('lists ids one by one as long as their ranges need more than a line', () => {
    expect(commandLine('skip', { ids }, target)).toMatch(/^migtop skip 101 103 .* 219 'host=/);
    const many = Array.from({ length: 60 }, (_, index) => 101 + index);
    expect(commandLine('skip', { ids: many }, target)).toMatch(/ --where 'id:101\.\.160'$/);
  });

  it('divides a word only where it is longer than a line', () => {
    expect(wrapCommand(`migtop skip --where 'table:${'x'.repeat(30)}'`, 20)).toEqual([
      'migtop skip \\',
      '--where \\',
      `'table:${'x'.repeat(11)}`,
      `${'x'.repeat(18)}`,
      "x'",
    ]);
  });
});
