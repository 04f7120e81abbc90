import { expect, it } from 'vitest';
import type { RowOutcome } from '../../source/domain/bulk-actions.ts';
import type { LastActor } from '../../source/domain/last-actors.ts';
import { namingChanger, namingChangers } from '../../source/monitor/who-changed.ts';
import type { ControlTable } from '../../source/polling/control-table.ts';
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
