import { expect, it } from 'vitest';
import type { Backend } from '../../source/domain/backend.ts';
import { createMemo } from '../../source/domain/memo.ts';
import { standingStillOf } from '../../source/domain/standing-still.ts';
import { operation, snapshotOf, takenAt } from '../support/fixtures.ts';

const seven = operation({ id: 7, tableName: 'cases', status: 'running', workerId: 7 });
const eight = operation({ id: 8, tableName: 'judges', status: 'running', workerId: 8 });

function backend(pid: number, given: Partial<Backend> = {}): Backend {
  return {
    pid,
    user: 'etl',
    application: 'java',
    client: '10.0.1.7',
    state: 'active',
    wait: null,
    transactionSeconds: 20,
    stateSeconds: 20,
    query: 'CALL load()',
    blockedBy: [],
    ...given,
  };
}

const named = backend(70, { application: 'etl-worker-7', state: 'idle' });
const blocked = backend(71, { wait: 'Lock: transactionid', blockedBy: [99] });
const standing = (...all: readonly Backend[]) =>
  standingStillOf(
    { snapshot: { ...snapshotOf([seven, eight]), backends: { all, readAt: takenAt } }, memo: createMemo() },
    seven,
  );

it('a blocked session at the address of one worker is of that worker, if nothing else makes it out', () => {
  expect(standing(named, blocked)).toMatchObject({
    foundBy: 'client_addr',
    session: { pid: 71 },
    waitsFor: [{ pid: 99 }],
  });
});

it('a session at an address with several workers, at another one, or one that is not blocked, is not guessed', () => {
  const other = backend(80, { application: 'etl-worker-8', state: 'idle' });
  for (const all of [
    [named, other, blocked],
    [named, { ...blocked, client: '10.0.1.9' }],
    [named, { ...blocked, blockedBy: [] }],
  ])
    expect(standing(...all)).toMatchObject({ foundBy: 'application_name', session: { pid: 70 }, waitsFor: [] });
});
