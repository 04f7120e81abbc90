import { expect, it } from 'vitest';
import { operationLabel, withoutTables } from '../../source/presentation/operation-label.ts';

it('leaves out the tables of operations where a message has no room for them', () => {
  const label = operationLabel({ id: 584, tableName: 'case_file_relationships' });
  expect(withoutTables(`recorded why: the pause of ${label}: replica lag`)).toBe(
    'recorded why: the pause of operation 584: replica lag',
  );
  expect(withoutTables('paused: 3 operations')).toBe('paused: 3 operations');
});
