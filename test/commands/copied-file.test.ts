import { expect, it } from 'vitest';
import { shownPath } from '../../source/commands/copied-file.ts';

it.each([
  ['/home/ana/.local/state/migtop/operation-1.md', '/home/ana', '~/.local/state/migtop/operation-1.md'],
  ['/run/user/1000/migtop/operation-1.md', '/home/ana', '/run/user/1000/migtop/operation-1.md'],
  ['/home/anab/migtop/operation-1.md', '/home/ana', '/home/anab/migtop/operation-1.md'],
  ['/var/migtop/operation-1.md', '/', '/var/migtop/operation-1.md'],
])('shows %s with the home directory %s as %s', (path, home, shown) => {
  expect(shownPath(path, { HOME: home })).toBe(shown);
});
