import { expect, it } from 'vitest';
import { themeOf } from '../../source/presentation/theme.ts';
import { activityLines } from '../../source/screen/activity.ts';
import { takenAt } from '../support/fixtures.ts';
import { migrationState } from '../support/migration.ts';

const window = { columns: 160, rows: 40 };

it.each([
  [
    { audit: null, foreignAudit: null },
    / {2}only your own actions \(local log\); to share them: migtop init --audit --apply/,
  ],
  [
    { audit: null, foreignAudit: 'public.migtop_audit' },
    /public\.migtop_audit belongs to an untrusted role and is not used; only your own actions/,
  ],
  [{ audit: 'public.migtop_audit', foreignAudit: null }, /from public\.migtop_audit/],
])('the title of the Activity view says where the actions are read from: %j', (given, title) => {
  const state = migrationState(window);
  const lines = activityLines({ ...state, view: 'activity', target: { ...state.target, ...given } }, [], {
    theme: themeOf({ LANG: 'C.UTF-8' }),
    takenAt,
    zone: undefined,
    mayBeHidden: false,
  });
  expect(JSON.stringify(lines[0])).toMatch(title);
});
