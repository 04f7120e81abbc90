import { describe, expect, it } from 'vitest';
import { matchesHost, productionMatch, type ServerPlace } from '../../source/domain/production.ts';

describe('a host pattern', () => {
  it.each([
    ['db1.prod.example.com', '*.prod.example.com', true],
    ['DB1.Prod.Example.com.', '*.prod.example.com', true],
    ['prod.example.com', '*.prod.example.com', false],
    ['db1.prod.example.com.evil.org', '*.prod.example.com', false],
    ['db1xprod.example.com', '*.prod.example.com', false],
    ['db1.prod.example.com', 'db?.prod.example.com', false],
    ['a-prod-7-eu', 'a*prod*eu', true],
    ['a-eu', 'a*prod*eu', false],
    ['aba', 'ab*ba', false],
    ['10.1.2.3', '10.1.*', true],
    ['::ffff:10.1.2.3', '10.1.2.3', true],
    ['anything', '*', true],
  ])('%s, %s: %s', (name, pattern, is) => {
    expect(matchesHost(name, pattern)).toBe(is);
  });
});

describe('a production target', () => {
  const place = (names: readonly string[], port = 5432, database = 'dispatch'): ServerPlace => ({
    names,
    port,
    database,
  });
  const rules = (names: readonly string[], port = 5432) => ({
    targets: [{ name: 'prod', places: [place(names, port)] }],
    hosts: [],
  });

  it.each([
    ['the same host and database', place(['db1']), rules(['db1']), 'prod'],
    ['the same in other letters', place(['DB1']), rules(['db1']), 'prod'],
    ['another database there', place(['db1'], 5432, 'test'), rules(['db1']), null],
    ['a pooler on another port of the host', place(['db1'], 6432), rules(['db1']), 'prod'],
    ['one of several hosts', place(['replica', '10.0.0.7']), rules(['db1', '10.0.0.7']), 'prod'],
    ['a socket for localhost', place(['/var/run/postgresql']), rules(['localhost']), 'prod'],
    ['::1 for 127.0.0.1', place(['::1']), rules(['127.0.0.1']), 'prod'],
    ['an IPv6 address in another form', place(['2001:db8::7']), rules(['2001:0DB8:0:0::0007']), 'prod'],
    ['another port of this machine', place(['localhost'], 5433), rules(['127.0.0.1']), null],
    ['another host', place(['db2']), rules(['db1']), null],
  ] as const)('%s', (_, given, by, name) => {
    expect(productionMatch(given, by)?.name ?? null).toBe(name);
  });
});
