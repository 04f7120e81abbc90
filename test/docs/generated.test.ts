import { describe, expect, it } from 'vitest';
import { generatedDocuments, withPart } from '../../scripts/generated-docs.ts';
import { keySummary, keyTable, tabulated } from '../../scripts/key-table.ts';
import { flags, optionTable, usageOf } from '../../source/commands/flags.ts';
import { keyName } from '../../source/monitor/command.ts';
import { ownCommands } from '../../source/monitor/commands.ts';

describe('the generated parts of the documents', () => {
  it('are up to date (write them with: npm run docs)', async () => {
    for (const { name, now, generated } of await generatedDocuments())
      expect({ name, text: now }).toEqual({ name, text: generated });
  });

  it('replace the text between their marks, and nothing else', () => {
    const made = withPart('before\n<!-- keys -->\nold\n<!-- /keys -->\nafter\n', 'keys', 'new');
    expect(made).toBe('before\n<!-- keys -->\nnew\n<!-- /keys -->\nafter\n');
    expect(withPart(made, 'keys', 'new')).toBe(made);
  });

  it('are refused if there are no marks', () => {
    expect(() => withPart('# migtop', 'keys', 'new')).toThrow('<!-- keys -->');
    expect(() => withPart('<!-- /keys --><!-- keys -->', 'keys', 'new')).toThrow('<!-- keys -->');
  });
});

describe('the table of keys', () => {
  it('has a row for every command outside text fields, with all of its keys', () => {
    const rows = keyTable().split('\n').slice(2);
    expect(rows).toHaveLength(ownCommands.filter(({ group }) => group !== 'Type').length);
    for (const [index, command] of tabulated.entries()) {
      expect(rows[index]).toContain(command.help);
      for (const key of command.keys) expect(rows[index]).toContain(`\`${keyName(key)}\``);
    }
  });
});

describe('the summary of the keys', () => {
  it('has the first key of every command of the lists, with its words', () => {
    const summary = keySummary();
    for (const { keys, label, group } of ownCommands.filter((one) => one.scopes.includes('list')))
      if (group !== 'Type')
        expect(summary, label).toContain(`\`${keyName(keys[0] ?? '')}\` ${label.replaceAll('-', ' ')}`);
    expect(summary.split('\n')).toHaveLength(6);
  });
});

describe('the table of options', () => {
  it('has a row for every option', () => {
    const rows = optionTable().split('\n').slice(2);
    expect(rows).toHaveLength(flags.length);
    for (const [index, flag] of flags.entries()) expect(rows[index]).toContain(`\`${usageOf(flag)}\``);
  });
});
