import { expect, it } from 'vitest';
import { judgeObservation } from '../../../source/domain/doctor/observed.ts';
import { withPausedOwners } from '../../../source/domain/doctor/paused-owners.ts';
import { judgeTransactions } from '../../../source/domain/doctor/server.ts';
import { observe } from '../../../source/domain/observation.ts';
import { auditEntry } from '../../support/fixtures.ts';
import { at, operation, snapshot } from '../build.ts';

const held = operation({ id: 31, tableName: 'cases', status: 'paused', workerId: 2, startedAt: at('11:00:00') });
const waiting = operation({ id: 5, tableName: 'cases', status: 'running', workerId: 3, startedAt: at('11:00:00') });
const session = { user: 'etl', application: null, client: null, query: null, wait: null, blockedBy: [] };
const observed = observe(
  null,
  snapshot(at('12:00:00'), [held, waiting], {
    sessions: [
      { operationId: 31, workerId: 2, paused: true, run: '-', pid: 41, blockedBy: [] },
      { operationId: 5, workerId: 3, paused: false, run: '-', pid: 42, blockedBy: [41] },
    ],
    backends: {
      readAt: at('12:00:00'),
      all: [
        { ...session, pid: 41, state: 'idle in transaction', transactionSeconds: 900, stateSeconds: 900 },
        { ...session, pid: 42, state: 'active', transactionSeconds: 900, stateSeconds: 900, blockedBy: [41] },
      ],
    },
  }),
);
const activity = [auditEntry({ operationId: 31, toStatus: 'paused', reason: 'replica lag' })];
const open = {
  pid: 41,
  user: 'etl',
  application: '',
  state: 'idle in transaction',
  query: '',
  seconds: 900,
  blockedBy: [],
};

it('the transaction of a paused worker is ended by the resume first', () => {
  const findings = judgeTransactions({ transactions: [open, { ...open, pid: 77 }], prepared: [], slots: [] });
  const [paused, other] = withPausedOwners(findings, observed, activity);
  expect(paused?.commands).toEqual(['migtop resume 31']);
  expect(paused?.advice).toMatch(
    /^operation 31 is paused by .+ \(replica lag\): its worker waits in this transaction until the resume; ending it loses/,
  );
  expect(other).toEqual(findings[1]);
});

it('a session that waits for a lock of a paused worker goes on after the resume: no session is ended', () => {
  const { findings } = judgeObservation('public.migration_control', observed, null, [], activity);
  const [{ advice } = { advice: '' }] = findings.filter(({ check }) => check === 'stalled');
  expect(advice).toMatch(
    /^5 waits for a lock: operation 31 is paused by .+ \(replica lag\), and its worker holds a lock: migtop resume 31 lets it go on/,
  );
  expect(advice).not.toContain('pg_terminate_backend');
});
