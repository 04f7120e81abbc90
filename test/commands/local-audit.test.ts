import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  open as openFile,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDiskWork, type DiskWork, isDiskHanging } from '../../source/commands/disk-work.ts';
import { auditFile, localAudit } from '../../source/commands/local-audit.ts';
import type { AuditEntry, AuditIntent, AuditLog, TableIdentity } from '../../source/domain/audit.ts';

const table: TableIdentity = {
  system: '7300000000000000001',
  database: 'dispatch',
  databaseOid: '16384',
  table: 'public.migration_control',
  tableOid: '16385',
};
const nowMs = Date.UTC(2026, 10, 5, 10, 21, 7);
const module = new URL('../../source/commands/local-audit.ts', import.meta.url).href;
let directory: string;
let file: string;
let audit: AuditLog;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'migtop-audit-'));
  file = auditFile({ XDG_STATE_HOME: directory });
  audit = open();
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function open(given: Partial<TableIdentity> = {}, ms = nowMs): AuditLog {
  return localAudit(file, { ...table, ...given }, () => ms, patient());
}

/** Work with a disk that answers, however slowly: on a busy machine that takes longer than the limits. */
function patient(disk = createDiskWork()): DiskWork {
  return { run: (work, limits) => disk.run(work, { ...limits, ms: 120_000 }) };
}

function intent(given: Partial<AuditIntent> = {}): AuditIntent {
  return {
    key: randomUUID(),
    databaseRole: 'ops',
    osUser: 'ana',
    host: 'bastion',
    client: 'migtop',
    action: 'pause',
    operationId: 4,
    fromStatus: 'running',
    toStatus: 'paused',
    reason: null,
    ...given,
  };
}

const at = 1_762_338_067.25;

async function done(given: Partial<AuditIntent> = {}, outcome = 'applied', log = audit): Promise<AuditEntry> {
  const one = intent(given);
  await log.begin(one);
  await log.end(one.key, outcome, at);
  return { ...one, outcome, at };
}

const lines = async () => (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
const ids = async (log: AuditLog) => (await log.recent(10)).map(({ operationId }) => operationId);

/** Runs a script in a separate process, which may import the local audit. Resolves to its exit code, or signal. */
function runScript(script: string, limits = 'true'): Promise<{ end: number | string | null; stdout: string }> {
  const prepared = `import { localAudit } from ${JSON.stringify(module)};
    const disk = { run: async (work) => ({ kind: 'done', value: await work(() => false) }) };
    const audit = localAudit(${JSON.stringify(file)}, ${JSON.stringify(table)}, () => ${nowMs}, disk);
    const intent = (key) => ({ ...${JSON.stringify(intent())}, key });
    ${script}`;
  return new Promise((resolve) => {
    const child = spawn('sh', ['-c', `${limits}; exec "$0" --input-type=module -e "$1"`, process.execPath, prepared]);
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.on('close', (code, signal) => resolve({ end: code ?? signal, stdout }));
  });
}

describe('the local audit', () => {
  it('is in the XDG state directory, or in the home of the user', () => {
    expect(file).toBe(join(directory, 'migtop', 'audit.jsonl'));
    expect(auditFile({})).toMatch(/\.local\/state\/migtop\/audit\.jsonl$/);
    expect(auditFile({ XDG_STATE_HOME: '' })).toMatch(/\.local\/state\/migtop\/audit\.jsonl$/);
  });

  it('is empty before anything was done, and then holds the newest first', async () => {
    expect(await audit.recent(10)).toEqual([]);
    expect(await audit.unsettled()).toEqual([]);
    const first = await done();
    const second = await done({ action: 'skip', reason: 'the table is obsolete' }, 'locked');
    expect(await audit.recent(10)).toEqual([second, first]);
    expect(await audit.recent(1)).toEqual([second]);
    expect(await audit.unsettled()).toEqual([]);
  });

  it.each([
    ['the line of the outcomes', 10],
    ['that line and the intents', 0],
  ])(
    'does not take actions for open whose outcomes stand before what is read: the cut is within %s',
    async (_, within) => {
      const operator = { databaseRole: 'ops', osUser: 'ana', host: 'bastion', client: 'migtop' };
      const key = randomUUID();
      const rows = Array.from({ length: 150 }, (_, index) => index + 1).map((operationId) => ({
        operationId,
        fromStatus: 'running',
        toStatus: 'paused',
        seenVersion: '1',
        identity: 'x',
      }));
      await audit.beginMany({ ...operator, key, action: 'pause', reason: null, rows });
      const applied = rows.map(() => 'applied');
      await audit.endMany(key, applied, at);
      await done({ operationId: 9 });
      // Its last mebibyte is read first.
      const text = await readFile(file, 'utf8');
      const outcomesEnd = text.indexOf('\n', text.indexOf('"outcomes"'));
      await writeFile(file, `${text}${'\n'.repeat(1024 * 1024 - (text.length - outcomesEnd + within))}`);
      expect(await open().unsettled()).toEqual([]);
      expect((await ids(open())).slice(0, 3)).toEqual([9, 150, 149]);
    },
  );

  it('knows the outcomes of all rows of an action on many that is larger than the list', async () => {
    const operator = { databaseRole: 'ops', osUser: 'ana', host: 'bastion', client: 'migtop' };
    const common = 'aaaaaaaa-bbbb-8ccc-9ddd-';
    const chunk = async (number: number, outcomes: readonly string[]): Promise<void> => {
      const key = common + number.toString(16).padStart(12, '0');
      const rows = outcomes.map((_, row) => ({
        ...{ operationId: 1000 * number + row, fromStatus: 'pending', toStatus: 'paused', seenVersion: null },
      }));
      await audit.beginMany({ key, ...operator, action: 'pause', reason: null, rows });
      await audit.endMany(key, outcomes, at);
    };
    await done({ operationId: 1 });
    await chunk(
      1,
      Array.from({ length: 6 }, (_, row) => (row === 2 ? 'stale' : 'applied')),
    );
    await done({ operationId: 2 });
    await chunk(
      2,
      Array.from({ length: 6 }, (_, row) => (row === 1 ? 'locked' : 'applied')),
    );
    const read = await audit.recent(8);
    const counted = read.map(({ bulkOutcomes }) => bulkOutcomes && Object.fromEntries(bulkOutcomes));
    expect(counted).toEqual([{ applied: 10, stale: 1, locked: 1 }, ...Array.from({ length: 7 }, () => undefined)]);
    // The list ends in another action, or has all of the action on many.
    for (const limit of [7, 20]) {
      expect((await audit.recent(limit)).some(({ bulkOutcomes }) => bulkOutcomes !== undefined)).toBe(false);
    }
  });

  it('writes the intent to the disk before the change, and the outcome in the reserved place', async () => {
    const one = intent({ reason: 'two\nlines' });
    await audit.begin(one);
    const before = await lines();
    expect(before).toHaveLength(2);
    expect(JSON.parse(before[1] ?? '')).toMatchObject({ intent: one.key, time: '2026-11-05T10:21:07.000Z', table });
    const { size } = await stat(file);
    await audit.end(one.key, 'applied', at);
    expect((await stat(file)).size).toBe(size);
    const after = await lines();
    expect(JSON.parse(after[0] ?? '')).toMatchObject({ key: one.key, outcome: 'applied', at });
    expect(after[1]).toBe(before[1]);
  });

  it('is readable by this user alone', async () => {
    await done();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, 'migtop'))).mode & 0o777).toBe(0o700);
  });

  it.each([
    ['server', { system: '7300000000000000002' }],
    ['database', { database: 'billing', databaseOid: '16999' }],
    ['schema', { table: 'tracking.migration_control', tableOid: '17000' }],
    ['table of the same name, created again', { tableOid: '17001' }],
  ])('shows the actions of one %s only, although several share the file', async (_, other) => {
    const there = open(other);
    await done({ operationId: 1 });
    await done({ operationId: 2 }, 'applied', there);
    await there.begin(intent({ operationId: 3 }));
    expect(await ids(audit)).toEqual([1]);
    expect(await ids(there)).toEqual([3, 2]);
    expect(await audit.unsettled()).toEqual([]);
  });

  it('leaves out the lines of earlier versions, which name the table only as it was typed', async () => {
    await mkdir(join(directory, 'migtop'));
    const old = { host: 'db1', port: 5432, database: 'dispatch', table: 'migration_control' };
    await writeFile(file, `${JSON.stringify({ target: old, action: 'pause', operationId: 1, outcome: 'moved' })}\n`);
    expect(await audit.recent(10)).toEqual([]);
    const entry = await done();
    expect(await audit.recent(10)).toEqual([entry]);
  });
});

describe('an intent without an outcome', () => {
  it('is in progress, then not known if its program was killed, and is settled by the next one', async () => {
    const killed = await runScript(`await audit.begin(intent('k1')); process.kill(process.pid, 'SIGKILL');`);
    expect(killed.end).toBe('SIGKILL');
    expect(await audit.recent(10)).toMatchObject([{ key: 'k1', outcome: 'unknown', at: null }]);
    expect(await audit.unsettled()).toMatchObject([{ key: 'k1', outcome: 'unknown' }]);
    await audit.end('k1', 'applied', at);
    expect(await audit.recent(10)).toMatchObject([{ key: 'k1', outcome: 'applied', at }]);
    expect(await audit.unsettled()).toEqual([]);
  });

  it('of this program is in progress until a write must have ended', async () => {
    const one = intent();
    await audit.begin(one);
    expect(await audit.recent(1)).toMatchObject([{ key: one.key, outcome: 'started' }]);
    expect(await audit.unsettled()).toMatchObject([{ key: one.key, outcome: 'started' }]);
    expect(await open({}, nowMs + 61_000).recent(1)).toMatchObject([{ key: one.key, outcome: 'unknown' }]);
  });

  it('of another running program is left to that one', async () => {
    const one = intent();
    await audit.begin(one);
    const { stdout } = await runScript(
      `console.log(JSON.stringify([(await audit.recent(1))[0].outcome, await audit.unsettled()]))`,
    );
    expect(JSON.parse(stdout)).toEqual(['started', []]);
  });

  it('keeps its outcome if the file was rotated before it', async () => {
    const one = intent();
    await audit.begin(one);
    await rename(file, `${file}.1`);
    await audit.end(one.key, 'applied', at);
    expect((await lines()).map((line) => JSON.parse(line))).toMatchObject([{ key: one.key, outcome: 'applied' }]);
  });
});

describe('a disk that does not answer', () => {
  let pipe: string;
  let disk: DiskWork;
  let stuck: Promise<unknown>;

  beforeEach(() => {
    pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    disk = createDiskWork();
    // The thread waits until somebody opens the pipe to write.
    stuck = disk.run(() => openFile(pipe, 'r').then((handle) => handle.close()), { ms: 50, isKept: true });
  });
  const release = async (): Promise<void> => {
    await (await openFile(pipe, 'w')).close();
    await vi.waitFor(() => expect(isDiskHanging()).toBe(false), 120_000);
  };

  it('refuses an action in two seconds, at once after that, and records nothing of it', async () => {
    const log = localAudit(file, table, () => nowMs, disk);
    const refusal =
      /^nothing was changed, because the disk does not answer: could not write the audit to .*\. Set XDG_STATE_HOME/;
    await expect(log.begin(intent())).rejects.toThrow(refusal);
    await stuck;
    expect(isDiskHanging()).toBe(true);
    const timers = vi.spyOn(globalThis, 'setTimeout');
    await expect(log.begin(intent())).rejects.toThrow(refusal);
    expect(await log.recent(10)).toEqual([]);
    expect(await log.unsettled()).toEqual([]);
    const waits = timers.mock.calls.filter(([, ms = 0]) => ms > 0);
    timers.mockRestore();
    expect(waits).toEqual([]);
    await release();
    expect(isDiskHanging()).toBe(false);
    const answering = localAudit(file, table, () => nowMs, patient(disk));
    expect(await answering.recent(10)).toEqual([]);
    const entry = await done({}, 'applied', answering);
    expect(await answering.recent(10)).toEqual([entry]);
  });

  it('does not delay the result of an action that was written before, and records it when it answers again', async () => {
    const log = open();
    const one = intent();
    await log.begin(one);
    await stuck;
    const hung = localAudit(file, table, () => nowMs, disk);
    await hung.end(one.key, 'applied', at);
    expect(await log.recent(1)).toMatchObject([{ key: one.key, outcome: 'started' }]);
    await release();
    expect(await log.recent(1)).toMatchObject([{ key: one.key, outcome: 'applied', at }]);
  });

  it('marks an intent as not sent that reaches the disk after its action was refused', async () => {
    await release();
    // The caller has given up, but the work has begun.
    const late: DiskWork = {
      async run(work) {
        let calls = 0;
        await work(() => ++calls > 1);
        return { kind: 'late' };
      },
    };
    const one = intent();
    await expect(localAudit(file, table, () => nowMs, late).begin(one)).rejects.toThrow('the disk does not answer');
    expect(await audit.recent(10)).toMatchObject([{ key: one.key, outcome: 'not sent' }]);
  });

  it('is known to have left the actions unread', async () => {
    await release();
    let isLate = true;
    const disk: DiskWork = {
      run: async (work) => (isLate ? { kind: 'late' } : { kind: 'done', value: await work(() => false) }),
    };
    const read = localAudit(file, table, () => nowMs, disk);
    expect([await read.recent(10), read.gaps?.().isLate]).toEqual([[], true]);
    isLate = false;
    await read.recent(10);
    expect(read.gaps?.().isLate).toBe(false);
  });
});

describe('a file with damaged lines', () => {
  it('counts them, and takes the size of an action on many from the line of its outcomes', async () => {
    const { operationId: _, fromStatus, toStatus, ...about } = intent({ action: 'skip' });
    const rows = (from: number, many: number) =>
      Array.from({ length: many }, (_row, index) => ({
        ...{ operationId: from + index, fromStatus, toStatus, seenVersion: '1' },
      }));
    for (const [number, ids] of [rows(400, 200), rows(600, 1)].entries()) {
      const key = `11111111-1111-8111-8111-00000000000${number + 1}`;
      await audit.beginMany({ ...about, key, rows: ids });
      await audit.endMany(
        key,
        ids.map(() => 'applied'),
        at,
      );
    }
    await done();
    expect([(await audit.recent(300)).length, audit.gaps?.().damagedLines]).toEqual([202, 0]);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('"rows":[[400,', '"rows":[[400;'));
    const entries = await audit.recent(300);
    expect(entries.map(({ operationId, bulkOutcomes }) => [operationId, bulkOutcomes])).toEqual([
      [4, undefined],
      [600, new Map([['applied', 201]])],
    ]);
    expect(audit.gaps?.().damagedLines).toBe(1);
    await writeFile(file, text.replace(/\{"intent":"11111111[^\n]*1","time/, '\0\0'));
    expect((await audit.recent(300)).length).toBe(2);
    expect(audit.gaps?.().damagedLines).toBe(1);
    await audit.recent(1);
    expect(audit.gaps?.().damagedLines).toBe(0);
  });

  it.each([
    ['a text for an id', '[[1,', '[["x",', 1],
    ['a number for a status', '[[1,"running"', '[[1,7', 1],
    ['no rows', /"rows":\[\[1.*\]\]/, '"rows":7', 1],
    ['an unknown character for an outcome', '"outcomes":"aaaaaaaaa"', '"outcomes":"aaaaZaaaa"', 1],
    ['outcomes that are no text', '"outcomes":"aaaaaaaaa"', '"outcomes":[111111111]', 1],
    ['an outcome too few', '"outcomes":"aaaaaaaaa"', '"outcomes":"aaaaaaaa" ', 1],
    ['a line of outcomes that cannot be parsed', '"outcomes":"aaaaaaaaa"', '"outcomes";"aaaaaaaaa"', 1],
    ['a line of outcomes that was cut', /(\{"key":"11[^\n]{60})[^\n]*/, '$1', 1],
    ['a line whose table was overwritten', '"table":{', '"tab\0\0":{', 1],
  ])('counts %s, and no wrong number of operations', async (_, from, to, damagedLines) => {
    const { operationId: _id, fromStatus, toStatus, ...about } = intent();
    const key = '11111111-1111-8111-8111-000000000001';
    const rows = Array.from({ length: 9 }, (_row, index) => ({
      ...{ operationId: index + 1, fromStatus, toStatus, seenVersion: '1' },
    }));
    await audit.beginMany({ ...about, key, rows });
    const outcomes = rows.map(() => 'applied');
    await audit.endMany(key, outcomes, at);
    const whole = await audit.recent(300);
    expect([whole.length, audit.gaps?.().damagedLines]).toEqual([9, 0]);
    const text = await readFile(file, 'utf8');
    const damaged = text.replace(from, to);
    expect(damaged).not.toBe(text);
    await writeFile(file, damaged);
    const entries = await audit.recent(300);
    const counted = entries[0]?.bulkOutcomes;
    const total = counted === undefined ? entries.length : [...counted.values()].reduce((sum, many) => sum + many, 0);
    expect([0, 9]).toContain(total);
    expect(audit.gaps?.().damagedLines).toBe(damagedLines);
  });

  it('counts damaged values of one action', async () => {
    await done();
    const text = await readFile(file, 'utf8');
    for (const [from, to] of [
      ['"action":"pause"', '"action":7'],
      ['"operationId":4', '"operationId":"x"'],
      ['"fromStatus":"running"', '"fromStatus":7'],
      ['"outcome":"applied"', '"outcome":"appzied"'],
      ['"outcome":"applied"', '"outcome":7'],
      [`"at":${at}`, '"at":"soon"'],
      ['"osUser":"ana"', '"osUser":["x"]'],
    ] as const) {
      await writeFile(file, text.replace(from, to));
      await audit.recent(10);
      expect(audit.gaps?.().damagedLines, to).toBe(1);
    }
    await writeFile(file, text);
    await audit.recent(10);
    expect(audit.gaps?.().damagedLines).toBe(0);
  });

  it('counts those of acceptances, which may be older than the newest actions', async () => {
    await done({ action: 'accept' });
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('"operationId":4', '"operationId":"x"'));
    await done();
    await audit.accepted();
    await audit.recent(1);
    expect(audit.gaps?.().damagedLines).toBe(1);
  });

  it('says that only the end of the file is read, if a line is longer than that', async () => {
    await done();
    const { length } = await audit.recent(10);
    expect([length, audit.gaps?.().isPart]).toEqual([1, false]);
    await appendFile(file, `${'x'.repeat(33 * 1024 * 1024)}\n`);
    expect(await audit.recent(10)).toEqual([]);
    expect(audit.gaps?.().isPart).toBe(true);
  });
});

describe('a file that cannot be read', () => {
  it.each([
    ['a directory', 'not a regular file', () => mkdir(file, { recursive: true })],
    ['a pipe', 'not a regular file', () => once(spawn('mkfifo', [file]), 'exit')],
    ['a link to itself', 'too many symbolic links encountered', () => symlink(file, file)],
    [
      'a file in place of its directory',
      'not a directory',
      async () => {
        await rm(join(directory, 'migtop'), { recursive: true });
        await writeFile(join(directory, 'migtop'), '');
      },
    ],
  ])('is %s: the gaps name the problem', async (_, problem, make) => {
    const last = await done();
    expect(await audit.recent(10)).toEqual([last]);
    expect(audit.gaps?.().problem).toBeNull();
    await rm(file);
    await make();
    // The actions that were read before stay.
    expect(await audit.recent(10)).toEqual([last]);
    expect(audit.gaps?.()).toMatchObject({ isLate: false, problem: `${problem}: ${file}` });
    expect(await open().accepted()).toEqual([]);
    const other = open();
    expect([await other.recent(10), await other.unsettled()]).toEqual([[], []]);
    expect(other.gaps?.().problem).toBe(`${problem}: ${file}`);
  });

  // The superuser may read all files.
  it.skipIf(process.getuid?.() === 0)('belongs to another user', async () => {
    await done();
    await chmod(file, 0o000);
    await audit.recent(10);
    expect(audit.gaps?.().problem).toBe(`permission denied: ${file}`);
  });
});

describe('a disk that is full', () => {
  it('refuses the intent, with the remedy, and then nothing may be changed', async () => {
    await mkdir(join(directory, 'migtop'));
    await symlink('/dev/full', file);
    await expect(audit.begin(intent())).rejects.toThrow(
      /^nothing was changed: could not write the audit to .*audit\.jsonl\. Set XDG_STATE_HOME .*migtop init --audit/,
    );
  });

  it('keeps the acceptances of thousands of failures, and reads the file again only if it has changed', async () => {
    const { operationId, fromStatus, toStatus, ...about } = intent({ action: 'accept', reason: 'known' });
    const rows = (first: number) =>
      Array.from({ length: 500 }, (_, row) => ({
        operationId: first + row,
        identity: 'a1b2c3',
        fromStatus: 'failed',
        toStatus: 'failed',
        seenVersion: String(first),
      }));
    for (let first = 1; first <= 4501; first += 500) {
      const key = randomUUID();
      await audit.beginMany({ ...about, key, rows: rows(first) });
      await audit.endMany(key, [...Array<string>(499).fill('applied'), 'stale'], null);
      await done({ operationId: first });
    }
    const accepted = await open().accepted();
    expect(accepted).toHaveLength(4990);
    expect(accepted[0]).toMatchObject({ operationId: 4999, identity: 'a1b2c3', seenVersion: '4501', reason: 'known' });
    expect(await audit.accepted()).toEqual(accepted);
    expect(await audit.accepted()).toBe(await audit.accepted());
    await done({ operationId: 7, action: 'unaccept' });
    expect((await audit.accepted())[0]).toMatchObject({ operationId: 7, action: 'unaccept' });
    // Only the newest are decoded.
    expect((await audit.recent(3)).map((entry) => entry.operationId)).toEqual([7, 4501, 5000]);
  });

  it('accepts the outcome of an intent that it stored, and reports a partly stored intent as not sent', async () => {
    // 1 kB (two blocks of 512) is room for one intent and its outcome, and for a part of a second one.
    const { stdout, end } = await runScript(
      `const said = [];
       for (const key of ['k1', 'k2']) await audit.begin(intent(key)).catch((error) => said.push(error.message));
       await audit.end('k1', 'applied', ${at});
       console.log(JSON.stringify(said));`,
      'ulimit -f 2',
    );
    expect(end).toBe(0);
    const said = JSON.parse(stdout);
    expect(said).toEqual([expect.stringMatching(/nothing was changed/)]);
    expect(await audit.recent(10)).toMatchObject([{ key: 'k1', outcome: 'applied', at }]);
    expect(await audit.unsettled()).toEqual([]);
    // Space again: what was torn off does not damage what follows.
    const next = await done();
    expect((await audit.recent(10)).map(({ key }) => key)).toEqual([next.key, 'k1']);
  });

  it('has no intent of an action that was never sent, wherever the line was cut', async () => {
    const one = intent();
    await audit.begin(one);
    const whole = await readFile(file);
    for (let length = 0; length < whole.length - 2; length++) {
      await writeFile(file, whole.subarray(0, length));
      expect(await audit.recent(10)).toEqual([]);
    }
  });

  it('refuses a pipe that no process reads, and waits for none', async () => {
    await mkdir(join(directory, 'migtop'));
    await once(spawn('mkfifo', [file]), 'exit');
    await expect(audit.begin(intent())).rejects.toThrow(/nothing was changed/);
    expect(await audit.recent(10)).toEqual([]);
    expect(await audit.unsettled()).toEqual([]);
  });

  it('writes nothing into a device', async () => {
    await mkdir(join(directory, 'migtop'));
    await symlink('/dev/null', file);
    await expect(audit.begin(intent())).rejects.toThrow(/nothing was changed/);
  });

  it('refuses if the file is a directory', async () => {
    await mkdir(join(directory, 'migtop', 'audit.jsonl'), { recursive: true });
    await chmod(directory, 0o700);
    await expect(audit.begin(intent())).rejects.toThrow(/nothing was changed/);
    expect(await audit.recent(10)).toEqual([]);
  });
});

describe('damaged lines', () => {
  const hostile = (fields: object) =>
    JSON.stringify({ intent: 'h', table, action: 'pause', operationId: 5, ...fields });

  it.each([
    ['half a line', 'half a li'],
    ['no object', '[1]'],
    ['null', 'null'],
    ['a text', '"x"'],
    ['no fields', '{}'],
    ['no table', '{"table":null,"intent":"x"}'],
    ['a fraction for an id', hostile({ operationId: 1.5 })],
    ['an id beyond every number', hostile({}).replace(':5', ':1e999')],
    ['an id of 1e308', hostile({}).replace(':5', ':1e308')],
    ['NaN', hostile({}).replace(':5', ':NaN')],
    ['a text for an id', hostile({ operationId: '5' })],
    ['an object for an action', hostile({ action: { a: 1 } })],
    ['a number for a key', hostile({ intent: 5 })],
    ['endless nesting', '{"a":'.repeat(100_000)],
    ['3 MB', hostile({ action: 5, reason: 'x'.repeat(3_000_000) })],
    ['bytes that are no UTF-8', '{"\xff\xfe\x80'],
  ])('are left out: %s', async (_, line) => {
    const first = await done();
    await appendFile(file, `${line}\n`, 'latin1');
    const second = await done();
    expect(await audit.recent(10)).toEqual([second, first]);
  });

  it('lose only one value if the rest can be read', async () => {
    await mkdir(join(directory, 'migtop'));
    const bad = { reason: 5, host: null, osUser: ['x'], time: 'yesterday', pid: 1.5, on: 7 };
    await appendFile(file, `${hostile(bad)}\n`);
    for (const value of ['"soon"', '1e308', '-1e308', '{}', 'null', '9e15']) {
      await appendFile(file, `{"key":"h","outcome":"applied","at":${value}}\n`);
      expect(await audit.recent(10)).toMatchObject([
        { operationId: 5, at: null, outcome: 'applied', reason: null, host: '', osUser: '' },
      ]);
    }
    await appendFile(file, '{"key":"h","outcome":7}\n{"key":5,"outcome":"applied"}\n');
    expect(await audit.recent(10)).toMatchObject([{ outcome: 'applied' }]);
  });

  it('are cleaned and cut when they are shown', async () => {
    await done({ reason: 'evil \u001B]52;c;aGFja2Vk\u0007reason', action: `p${'x'.repeat(5000)}` });
    const [entry] = await audit.recent(1);
    expect(entry?.reason).toBe('evil reason');
    expect(entry?.action).toHaveLength(400);
  });

  it('do not hide the newest actions in a file that has grown large', async () => {
    const entry = await done({ operationId: 9 });
    await appendFile(file, `${'x'.repeat(200)}\n`.repeat(20_000));
    expect(await audit.recent(10)).toEqual([entry]);
    await audit.end(entry.key ?? '', 'stale', null);
    expect(await audit.recent(10)).toMatchObject([{ operationId: 9, outcome: 'stale' }]);
  });
});

describe('two programs', () => {
  it('write at once, and every line is whole', async () => {
    const script = (name: string) => `for (let index = 0; index < 100; index++) {
      const key = '${name}' + index;
      await audit.begin(intent(key));
      await audit.end(key, 'applied', index);
    }`;
    const ends = await Promise.all(['a', 'b', 'c'].map((name) => runScript(script(name))));
    expect(ends.map(({ end }) => end)).toEqual([0, 0, 0]);
    for (const line of await lines()) JSON.parse(line);
    const entries = await audit.recent(1000);
    expect(entries).toHaveLength(300);
    expect(entries.every(({ key, outcome, at: when }) => outcome === 'applied' && key?.slice(1) === String(when))).toBe(
      true,
    );
  });
});
