import { expect, it } from 'vitest';
import type { RowOutcome } from '../../source/domain/bulk-actions.ts';
import type { LastActor } from '../../source/domain/last-actors.ts';
import { namingChanger, namingChangers } from '../../source/monitor/who-changed.ts';
import type { ControlTable } from '../../source/polling/control-table.ts';
import { workerBefore } from '../../source/presentation/action-text.ts';
import { operator } from '../support/control-table.ts';
import { operation, snapshot } from '../support/fixtures.ts';

const failed = operation({ id: 20, status: 'failed', workerId: 7 });
const retry = { id: 20, from: 'failed', to: 'pending', identity: null, version: null, completedAt: 'keep' } as const;
const outcome = { kind: 'stale', actual: 'failed' } as const;

function tableWith(actors: readonly Partial<LastActor>[]): ControlTable {
  return {
    operator,
    target: { user: 'ops' },
    lastActors: async () => actors,
    detail: async () => ({ operation: failed }),
  } as unknown as ControlTable;
}

const state = { trackedActions: [], latest: { snapshot: snapshot({ failures: [failed] }) } } as never;
const other = { osUser: 'ana', host: 'bastion', databaseRole: 'ops', toStatus: 'pending', isOwn: false, ids: [20] };

it('a retry that came too late names the operator who has retried it first, and never the worker that had failed', async () => {
  const result = { change: { transition: retry }, outcome } as unknown as RowOutcome;
  for (const [actors, name] of [
    [[other], 'ana@bastion'],
    [[], undefined],
  ] as const) {
    const table = tableWith(actors);
    expect((await namingChangers([result], table, state))[0]?.outcome).toEqual(
      name === undefined ? outcome : { ...outcome, by: name },
    );
    expect(await namingChanger(outcome, retry as never, table, state)).toEqual(
      name === undefined ? outcome : { ...outcome, by: name },
    );
  }
});

it('an action on many names the workers of rows that no poll has, by reading them, as Activity does', async () => {
  const pause = (id: number, from: 'pending' | 'running') =>
    ({ id, from, to: 'paused', identity: null, version: null, completedAt: 'keep' }) as const;
  const ended = operation({ id: 30, status: 'completed', workerId: 4, completedAt: 1 });
  const claimed = operation({ id: 31, status: 'running', workerId: 5 });
  const stale = [
    { change: { transition: pause(30, 'running') }, outcome: { kind: 'stale', actual: 'completed' } },
    { change: { transition: pause(31, 'pending') }, outcome: { kind: 'stale', actual: 'running' } },
  ] as unknown as RowOutcome[];
  const table = { ...tableWith([]), page: async () => [claimed, ended] } as unknown as ControlTable;
  const named = await namingChangers(stale, table, state);
  expect(named.map(({ outcome: one }) => one.kind === 'stale' && one.by)).toEqual(['worker 4', 'worker 5']);
  const inActivity = [
    workerBefore({ outcome: 'stale', fromStatus: 'running', toStatus: 'paused', row: ended }),
    workerBefore({ outcome: 'stale', fromStatus: 'pending', toStatus: 'paused', row: claimed }),
  ];
  expect(inActivity).toEqual(['worker 4', 'worker 5']);
  // Another session set the status of this one: a worker would have written when it ended.
  const byHand = { ...ended, completedAt: null };
  const tableByHand = { ...tableWith([]), page: async () => [byHand] } as unknown as ControlTable;
  expect(await namingChangers(stale.slice(0, 1), tableByHand, state)).toEqual(stale.slice(0, 1));
  const late = { outcome: 'stale', fromStatus: 'running', toStatus: 'paused' };
  expect(workerBefore({ ...late, row: { status: 'completed', workerId: 4, hasEnd: false } })).toBeNull();
});
