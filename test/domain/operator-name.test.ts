import { expect, it } from 'vitest';
import { operatorName } from '../../source/domain/operator-name.ts';

it.each([
  ['ops2', 'bastion', 'ops2@bastion'],
  ['ops2', '', 'ops2'],
  ['', 'bastion', 'dispatch_ops@bastion'],
  ['', '', 'dispatch_ops'],
])('an operator with the user "%s" on the host "%s" is named %s', (osUser, host, name) => {
  expect(operatorName({ osUser, host, databaseRole: 'dispatch_ops' })).toBe(name);
});
