import { expect, it } from 'vitest';
import { nextToast } from '../../source/monitor/event-toasts.ts';
import { migrationState } from '../support/migration.ts';

it('keeps the reason of a refused key when an earlier action succeeds, but not when it fails', () => {
  const refused = { tone: 'bad', text: 'cannot undo: the row has changed since', atMs: 1000, own: true } as const;
  const state = { ...migrationState({ columns: 80, rows: 24 }), toast: refused };
  const held = { tone: 'good', text: 'paused, stopped after 1.0s', atMs: 2000 } as const;
  const overwritten = { tone: 'bad', text: 'overwritten by worker 3', atMs: 2000 } as const;
  expect(nextToast(state, held, null, 2000)).toBe(refused);
  expect(nextToast(state, overwritten, null, 2000)).toBe(overwritten);
  expect(nextToast(state, held, null, 30_000)).toBe(held);
});
