import { expect, it } from 'vitest';
import { decide } from '../../source/domain/transitions.ts';
import { reduce } from '../../source/monitor/reduce.ts';
import { fieldOf } from '../../source/presentation/text-field.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { dialogLines } from '../../source/screen/dialogs.ts';
import { operation } from '../support/fixtures.ts';
import { migrationState } from '../support/migration.ts';

function dialogOf(phase: 'execution' | 'validation'): string {
  const given = operation({ phase, status: 'failed', recordsProcessed: 100, totalRecords: 500, batchSize: null });
  const decision = decide('skip', given);
  if (decision.kind === 'refused') throw new Error(decision.reason.kind);
  const reason = fieldOf('');
  const state = reduce(migrationState({ columns: 120, rows: 40 }), {
    kind: 'overlaid',
    overlay: {
      kind: 'confirm',
      operation: given,
      transition: decision.transition,
      reason,
      editing: false,
      reasonBefore: reason,
      cost: { openOperations: 0, references: ['charges'], attempt: null },
    },
  });
  return dialogLines(state, themeOf({ LANG: 'C.UTF-8' }))
    .map(({ line }) => line.map(({ text }) => text).join(''))
    .join('\n');
}

it('shows before a skip what the operation will not migrate', () => {
  expect(dialogOf('execution')).toMatch(/400 of 500 will not be migrated by it/);
  expect(dialogOf('execution')).toMatch(/referenced by +rows of charges may refer to these records/);
  expect(dialogOf('execution')).toMatch(/validation +has (not )?completed for this table/);
});

it('says validated if the operation is a validation', () => {
  expect(dialogOf('validation')).toMatch(/it has checked 100 of 500: the other 400 stay unchecked/);
  expect(dialogOf('validation')).not.toMatch(/migrated|referenced by|has (not )?completed for this table/);
});
