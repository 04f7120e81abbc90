import { expect, it } from 'vitest';
import { observe } from '../../source/domain/observation.ts';
import type { Snapshot } from '../../source/domain/snapshot.ts';
import { sharedHoldNote, sharedHoldTexts, withSharedHold } from '../../source/presentation/hold.ts';
import { operationRow } from '../../source/presentation/rows.ts';
import { progressAgo } from '../../source/presentation/standing-text.ts';
import { auditEntry, operation, snapshot, takenAt } from '../support/fixtures.ts';

const rows = (...holds: readonly (string | null)[]) =>
  holds.map((hold) => ({ hold, operation: { status: 'paused' as const, startedAt: takenAt } }));
const shared = (...holds: readonly (string | null)[]) =>
  withSharedHold(rows(...holds)).map((row) => 'isHoldShared' in row);

it('leaves the reason that most held operations share to the title', () => {
  expect(shared('deploy', null, 'replica lag', 'deploy')).toEqual([true, false, false, true]);
  expect(sharedHoldNote(withSharedHold(rows('deploy', 'replica lag', 'deploy')))).toBe('2 HELD: deploy');
  expect(sharedHoldNote(withSharedHold(rows('deploy', null, 'deploy')))).toBe('HELD: deploy');
});

it('counts operations as paused, not as held, if some were paused before a worker took them', () => {
  const [first, ...others] = rows('deploy', 'deploy', 'replica lag');
  const unbegun = { hold: 'deploy', operation: { status: 'paused' as const, startedAt: null } };
  expect(sharedHoldNote(withSharedHold([unbegun, ...others]))).toBe('2 paused: deploy');
  expect(sharedHoldNote(withSharedHold([unbegun, ...others.slice(0, 1)]))).toBe('paused: deploy');
  expect(first?.hold).toBe('deploy');
});

it('counts operations as paused, not as held, if the workers of some are not seen to wait', () => {
  const [first, second] = rows('deploy', 'deploy');
  const one = { ...first, isHoldSeen: true } as const;
  const note = (isHoldSeen: boolean) =>
    sharedHoldNote(withSharedHold([one, { ...second, isHoldSeen }] as Parameters<typeof sharedHoldNote>[0]));
  expect([true, false].map(note)).toEqual(['HELD: deploy', 'paused: deploy']);
});

it('counts an operation whose worker is still at work among those that were paused for the reason', () => {
  const [first, second, other] = rows('deploy', 'deploy', 'replica lag');
  const working = { ...first, hold: null, unheldReason: 'deploy' };
  const note = (...all: readonly unknown[]) =>
    sharedHoldNote(withSharedHold(all as Parameters<typeof sharedHoldNote>[0]));
  expect(note(first, second, working, other)).toBe('3 paused: deploy');
  expect(note(first, second, { ...working, unheldReason: 'lag' }, other)).toBe('2 HELD: deploy');
});

it('keeps the reason of a single operation, unless all were paused', () => {
  expect(shared('replica lag', null, '')).toEqual([false, false, false]);
  expect(shared('all running and pending operations (P)', null)).toEqual([true, false]);
  expect(sharedHoldNote(rows('replica lag'))).toBe('');
});

it('says how many pending operations a pause of all does not hold, why, and which keys hold them', () => {
  const all = withSharedHold(rows('all running and pending operations (P)'));
  const pending = (operations: number, isLater = true) => ({
    operations,
    isLater,
    keys: '5 /status:pending Enter a p',
  });
  expect(sharedHoldNote(all, pending(0))).toBe('HELD: all running and pending operations (P)');
  expect(sharedHoldNote(all, pending(8), 80)).toBe('HELD by P; 8 came later: 5 /status:pending Enter a p');
  expect(sharedHoldTexts(all, pending(8), 80)[1]).toBe('8 came later: 5 /status:pending Enter a p');
  expect(sharedHoldTexts(all, pending(0), 80)[1]).toBe('HELD by P');
  expect(sharedHoldNote(all, pending(8))).toBe(
    'HELD by P; 8 pending came later and are not paused: to pause them, press 5 /status:pending Enter a p',
  );
  expect(sharedHoldNote(all, pending(1))).toContain('1 pending came later and is not paused: to pause it, press 5');
  expect(sharedHoldNote(all, pending(8, false), 80)).toBe('HELD by P; 8 pending not: 5 /status:pending Enter a p');
  expect(sharedHoldNote(all, pending(8, false))).toContain('; 8 pending are not paused: to pause them, press 5');
  expect(sharedHoldNote(withSharedHold(rows('deploy', 'deploy')), pending(8))).toBe('HELD: deploy');
});

it('has one form for paused operations, whether or not a session shows that the worker waits', () => {
  const paused = operation({ id: 31, workerId: 4, status: 'paused', startedAt: takenAt - 60 });
  const activity = [
    auditEntry({ at: takenAt - 5, operationId: 31, action: 'pause', toStatus: 'paused', reason: 'lag' }),
  ];
  const textWith = (sessions: Snapshot['sessions']): string => {
    const observed = observe(null, snapshot({ takenAt, totals: [], operations: [paused], sessions }));
    return progressAgo(operationRow(observed, paused, [], activity)).text;
  };
  const reasonWith = (sessions: Snapshot['sessions']) => {
    const observed = observe(null, snapshot({ takenAt, totals: [], operations: [paused], sessions }));
    return operationRow(observed, paused, [], activity).unheldReason;
  };
  const session = { operationId: 31, workerId: 4, pid: 7, run: '', paused: true, blockedBy: [] };
  expect(textWith([session])).toBe('HELD lag');
  expect(textWith([])).toBe('HELD? lag');
  expect(textWith([{ ...session, paused: false }])).not.toContain('HELD');
  expect(reasonWith([{ ...session, paused: false }])).toBe('lag');
  expect(reasonWith([session])).toBeUndefined();
});

it('says that a stalled or waiting operation is held before what it still does, as the title counts it', () => {
  const paused = operation({ id: 31, workerId: 4, status: 'paused', startedAt: takenAt - 60 });
  const activity = [
    auditEntry({ at: takenAt - 5, operationId: 31, action: 'pause', toStatus: 'paused', reason: 'lag' }),
  ];
  const observed = observe(null, snapshot({ takenAt, totals: [], operations: [paused] }));
  const row = operationRow(observed, paused, [], activity);
  const waitsFor = [{ pid: 17391, application: 'psql', operation: null, user: null }] as never;
  const standing = { ...row.standing, session: { pid: 1 } as never, waitsFor };
  expect(progressAgo({ ...row, standing, isHoldSeen: true }).text).toBe('! HELD, waits for pid 17391 psql');
  expect(progressAgo({ ...row, standing }).text).toBe('! HELD?, waits for pid 17391 psql');
  // The glyph of the row shows that it is paused; nothing else shows the pid.
  expect(progressAgo({ ...row, standing }, 27).text).toBe('! waits for pid 17391 psql');
  const pausedStall = { kind: 'still', seconds: 1560, usualSeconds: null } as const;
  expect(progressAgo({ ...row, isHoldSeen: false, pausedStall }).text).toBe('HELD?, STALLED 26m');
  const usual = { ...pausedStall, usualSeconds: 40 };
  expect(progressAgo({ ...row, isHoldSeen: false, pausedStall: usual }, 27).text).toBe('HELD?, STALLED 26m');
});
