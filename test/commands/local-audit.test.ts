import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditFile, localAudit } from '../../source/commands/local-audit.ts';
import type { AuditEntry } from '../../source/domain/audit.ts';

const target = { host: 'db1', port: 5432, database: 'dispatch', table: 'migration_control' };
const nowMs = Date.UTC(2026, 10, 5, 10, 21, 7);
let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'migtop-audit-'));
  file = auditFile({ XDG_STATE_HOME: directory });
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function entry(given: Partial<AuditEntry> = {}): AuditEntry {
  return {
    at: 1_762_338_067,
    databaseRole: 'ops',
    osUser: 'ana',
    host: 'bastion',
    client: 'migtop',
    action: 'pause',
    operationId: 4,
    fromStatus: 'running',
    toStatus: 'paused',
    reason: null,
    outcome: 'moved',
    ...given,
  };
}

describe('the local audit', () => {
  it('lies under the XDG state directory, or in the home of the user', () => {
    expect(file).toBe(join(directory, 'migtop', 'audit.jsonl'));
    expect(auditFile({})).toMatch(/\.local\/state\/migtop\/audit\.jsonl$/);
    expect(auditFile({ XDG_STATE_HOME: '' })).toMatch(/\.local\/state\/migtop\/audit\.jsonl$/);
  });

  it('is empty before anything was done, and then holds the newest first', async () => {
    const audit = localAudit(file, target, () => nowMs);
    expect(await audit.recent(10)).toEqual([]);
    await audit.prepare();
    await audit.append(entry());
    await audit.append(entry({ action: 'skip', reason: 'the table is obsolete', at: null, outcome: 'locked' }));
    expect(await audit.recent(10)).toEqual([
      entry({ action: 'skip', reason: 'the table is obsolete', at: null, outcome: 'locked' }),
      entry(),
    ]);
    expect(await audit.recent(1)).toHaveLength(1);
  });

  it('is one JSON line an action, with the time of this machine and where it was done', async () => {
    const audit = localAudit(file, target, () => nowMs);
    await audit.prepare();
    await audit.append(entry({ reason: 'two\nlines' }));
    const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ time: '2026-11-05T10:21:07.000Z', target, operationId: 4 });
  });

  it('is readable by this user alone', async () => {
    const audit = localAudit(file, target, () => nowMs);
    await audit.prepare();
    await audit.append(entry());
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, 'migtop'))).mode & 0o777).toBe(0o700);
  });

  it("shows one database's actions only, though several share the file", async () => {
    const here = localAudit(file, target, () => nowMs);
    const there = localAudit(file, { ...target, database: 'billing' }, () => nowMs);
    await here.prepare();
    await here.append(entry({ operationId: 1 }));
    await there.append(entry({ operationId: 2 }));
    expect((await here.recent(10)).map(({ operationId }) => operationId)).toEqual([1]);
    expect((await there.recent(10)).map(({ operationId }) => operationId)).toEqual([2]);
  });

  it('reads past lines that somebody has damaged, and cleans what it reads', async () => {
    const audit = localAudit(file, target, () => nowMs);
    await audit.prepare();
    await audit.append(entry({ reason: 'evil \u001B]52;c;aGFja2Vk\u0007reason' }));
    await appendFile(file, 'half a li\n{}\n[1]\n{"target":null}\n');
    expect(await audit.recent(10)).toEqual([entry({ reason: 'evil reason' })]);
  });

  it('finds the newest actions in a file that has grown large', async () => {
    const audit = localAudit(file, target, () => nowMs);
    await audit.prepare();
    await appendFile(file, `${'x'.repeat(200)}\n`.repeat(20_000));
    await audit.append(entry({ operationId: 9 }));
    expect((await audit.recent(10)).map(({ operationId }) => operationId)).toEqual([9]);
  });

  it('refuses, with the remedy, before anything is done where it cannot be written', async () => {
    await mkdir(join(directory, 'migtop', 'audit.jsonl'), { recursive: true });
    await chmod(directory, 0o700);
    await expect(localAudit(file, target, () => nowMs).prepare()).rejects.toThrow(
      /cannot be written to .*audit\.jsonl, so nothing is changed\. Point XDG_STATE_HOME .*sql\/options\/audit\.sql/,
    );
  });
});
