import { expect, it } from 'vitest';
import { givenPlace, withPlace } from '../../source/commands/given-place.ts';
import { target } from '../support/fixtures.ts';

const scope = { text: '2h', firstId: '5', startedAt: 0 };
const within = { ...target, scope };
const table = 'public.migration_control';

it('the commands that a report names have the connection, the file and the restriction that were given', () => {
  const place = (flags: Parameters<typeof givenPlace>[1], connection?: string) => givenPlace(connection, flags, within);
  expect(givenPlace(undefined, { table }, target)).toBe('');
  expect(place({ table })).toBe(' --since 2h');
  expect(place({ table, configFile: 'a b.toml' })).toBe(" --config 'a b.toml' --since 2h");
  expect(place({ table, configFile: 'c.toml', target: 'eu' })).toBe(' --config c.toml --target eu --since 2h');
  expect(place({ table }, 'postgresql://db1/x')).toMatch(/^ 'host=\S+ port=\d+ user=\S+ dbname=[^']+' --since 2h$/);
  expect(withPlace('migtop retry 5 6 adds attempts; migtop init', ' --since 2h')).toBe(
    'migtop retry 5 6 --since 2h adds attempts; migtop init',
  );
});
