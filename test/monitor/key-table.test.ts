import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keyTable, withKeyTable } from '../../scripts/key-table.ts';
import { commands, keyName } from '../../source/monitor/commands.ts';

describe('the table of keys', () => {
  it('in README.md is the one of the registry (write it anew with: node scripts/key-table.ts)', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    expect(readme).toBe(withKeyTable(readme));
  });

  it('has a row for every command, with all of its keys', () => {
    const rows = keyTable().split('\n').slice(2);
    expect(rows).toHaveLength(commands.length);
    for (const [index, command] of commands.entries()) {
      expect(rows[index]).toContain(command.help);
      for (const key of command.keys) expect(rows[index]).toContain(`\`${keyName(key)}\``);
    }
  });

  it('replaces what is between the marks, and nothing else', () => {
    const text = 'before\n<!-- keys -->\nold\n<!-- /keys -->\nafter\n';
    const made = withKeyTable(text);
    expect(made).toBe(`before\n<!-- keys -->\n${keyTable()}\n<!-- /keys -->\nafter\n`);
    expect(withKeyTable(made)).toBe(made);
  });

  it('says so where there are no marks', () => {
    expect(() => withKeyTable('# migtop')).toThrow('<!-- keys -->');
    expect(() => withKeyTable('<!-- /keys --><!-- keys -->')).toThrow('<!-- keys -->');
  });
});
