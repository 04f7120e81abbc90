import { expect, it } from 'vitest';
import { observe } from '../../source/domain/observation.ts';
import { decide } from '../../source/domain/transitions.ts';
import { reduce } from '../../source/monitor/reduce.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import { fieldOf } from '../../source/presentation/text-field.ts';
import { themeOf } from '../../source/presentation/theme.ts';
import { dialogLines } from '../../source/screen/dialogs.ts';
import { operation, snapshotOf, takenAt } from '../support/fixtures.ts';
import { migrationState } from '../support/migration.ts';

function dialogOf(
  phase: 'execution' | 'validation',
  change: (state: MonitorState) => MonitorState = (state) => state,
): string {
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
  return dialogLines(change(state), themeOf({ LANG: 'C.UTF-8' }))
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

it('says that nothing is lost if another attempt has completed the work', () => {
  const text = dialogOf('execution', (state) => {
    if (state.latest === null) throw new Error('nothing was polled');
    const resolved = { ...operation({ status: 'failed' }), kind: '', sqlState: null, failedAt: null };
    const triage = {
      ...state.latest.triage,
      of: () => ({ ...resolved, resolution: { kind: 'resolved', by: 13 } as const }),
    };
    return { ...state, latest: { ...state.latest, triage } };
  });
  expect(text).toMatch(/records +none is lost: operation 13 has completed its work/);
  expect(text).not.toMatch(/validation +has/);
});

it('says that the validation of the table has failed', () => {
  const given = operation({ phase: 'validation', status: 'failed' });
  const text = dialogOf('execution', (state) => ({ ...state, latest: observe(null, snapshotOf([given], takenAt)) }));
  expect(text).toMatch(/validation +has failed for this table\n/);
});
