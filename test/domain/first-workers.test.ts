import { expect, it } from 'vitest';
import type { ActedRow } from '../../source/domain/audit.ts';
import { withFirstWorkers } from '../../source/domain/first-workers.ts';
import { auditEntry } from '../support/fixtures.ts';

const pause = auditEntry({ operationId: 7, action: 'pause', fromStatus: 'running', toStatus: 'paused' });
const undo = auditEntry({
  operationId: 7,
  action: 'undo',
  fromStatus: 'paused',
  toStatus: 'running',
  outcome: 'stale',
});
const resume = auditEntry({ operationId: 7, action: 'resume', fromStatus: 'paused', toStatus: 'running' });

it('names the worker that overwrote the pause before an undo came, unless an operator acted or the row shows none', () => {
  const row: ActedRow = { status: 'running', workerId: 3 };
  const first = (entries: Parameters<typeof withFirstWorkers>[0], now: ActedRow | null = row) =>
    withFirstWorkers(entries, () => now).map(({ firstWorker }) => firstWorker);
  expect(first([undo, pause])).toEqual([3, undefined]);
  expect(first([undo, undo, pause])).toEqual([3, 3, undefined]);
  expect(first([undo, resume, pause])).toEqual([undefined, undefined, undefined]);
  expect(first([undo, pause], { status: 'pending', workerId: 3 })).toEqual([undefined, undefined]);
  expect(first([undo, pause], { status: 'paused', workerId: 3 })).toEqual([undefined, undefined]);
  const ended = { status: 'completed', workerId: 3, hasEnd: true };
  expect(first([undo, pause], ended)).toEqual([3, undefined]);
  // A worker that ends an operation writes when.
  expect(first([undo, pause], { ...ended, hasEnd: false })).toEqual([undefined, undefined]);
  expect(first([undo, pause], null)).toEqual([undefined, undefined]);
  expect(first([undo])).toEqual([undefined]);
});
