import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import meow from 'meow';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseArguments } from '../../source/commands/arguments.ts';
import { createEventQueue } from '../../source/commands/event-command.ts';
import { type EventFlags, eventFlagsOf, isLoopback, splitWords } from '../../source/commands/event-values.ts';
import { listen } from '../../source/commands/metrics-server.ts';
import { notifyTerminal } from '../../source/commands/notifier.ts';
import { type Noticed, noNotices, withNotices } from '../../source/domain/notices.ts';
import { initialState } from '../../source/monitor/initial-state.ts';
import type { MonitorState } from '../../source/monitor/state.ts';
import { notification, usualWays } from '../../source/screen/terminal/notification.ts';
import { target } from '../support/fixtures.ts';

const flagsOf = (given: Partial<Record<'notify' | 'onEvent' | 'listen', string>>): EventFlags =>
  eventFlagsOf({ notify: undefined, onEvent: undefined, listen: undefined, ...given });

describe('the options', () => {
  it('split a command into words as a shell does, and expand nothing', () => {
    expect(splitWords(`tell.sh  'a b' "c \\"d\\" $HOME \\n" e\\ f '' x'y'"z"`)).toEqual([
      'tell.sh',
      'a b',
      'c "d" $HOME \\n',
      'e f',
      '',
      'xyz',
    ]);
    expect(splitWords("tell 'open")).toBeNull();
    expect(() => flagsOf({ onEvent: 'tell "open' })).toThrow('--on-event has a quotation mark without its end');
    expect(() => flagsOf({ onEvent: "''" })).toThrow('--on-event needs a command');
  });

  it('take ways of notification, and addresses', () => {
    expect(flagsOf({}).notify).toBe('auto');
    expect(flagsOf({ notify: 'bell, osc777' }).notify).toEqual(['bell', 'osc777']);
    expect(flagsOf({ notify: 'none' }).notify).toEqual([]);
    expect(() => flagsOf({ notify: 'beep' })).toThrow('--notify takes auto, none, or some of bell, osc9, osc777');
    expect(flagsOf({ listen: '9645' }).listen).toEqual({ host: '127.0.0.1', port: 9645 });
    expect(flagsOf({ listen: ':0' }).listen).toEqual({ host: '127.0.0.1', port: 0 });
    expect(flagsOf({ listen: '[::1]:80' }).listen).toEqual({ host: '::1', port: 80 });
    expect(isLoopback(flagsOf({ listen: '0.0.0.0:9645' }).listen)).toBe(false);
    for (const wrong of ['127.0.0.1', 'db1:9645', '1.2.3.4:70000', 'http://127.0.0.1:1'])
      expect(() => flagsOf({ listen: wrong })).toThrow('--listen takes');
  });

  it('belong to commands that have events', () => {
    const parse = (...argv: string[]) => parseArguments(argv, { meow, importMeta: import.meta });
    expect(parse('metrics', 'dispatch', '--listen', ':0')).toMatchObject({
      command: 'metrics',
      connection: 'dispatch',
    });
    expect(parse('status', '--watch', '--on-event', 'tell a').flags.events.onEvent).toEqual(['tell', 'a']);
    expect(() => parse('status', '--on-event', 'tell')).toThrow('status takes --on-event only with --watch');
    expect(() => parse('export', '--on-event', 'tell')).toThrow('--on-event is only valid with');
    expect(() => parse('status', '--listen', ':0')).toThrow('--listen is only valid with metrics');
  });
});

describe('a notification', () => {
  const hostile = 'a\u001B]52;c;x\u0007b\nc';

  it('is a bell and the sequence of the terminal, with clean text of bounded length', () => {
    expect(notification('migtop x', hostile, usualWays({ TERM: 'xterm-256color' }), { LANG: 'C.UTF-8' })).toBe(
      '\u0007\u001B]9;migtop x: ab c\u0007',
    );
    expect(notification('m;x', 'a;b', usualWays({ TERM: 'rxvt-unicode' }), {})).toBe(
      '\u0007\u001B]777;notify;m,x;a,b\u0007',
    );
    expect(usualWays({ TERM: 'linux' })).toEqual(['bell']);
    const long = notification('migtop', 'é'.repeat(5000), ['osc9'], { LANG: 'C.UTF-8' });
    expect(Buffer.byteLength(long)).toBeLessThan(252);
    expect(long.isWellFormed()).toBe(true);
  });

  it('goes through tmux and screen, where the bell goes by itself', () => {
    expect(notification('m', 'x', ['bell', 'osc9'], { TMUX: '/tmp/tmux' })).toBe(
      '\u0007\u001BPtmux;\u001B\u001B]9;m: x\u0007\u001B\\',
    );
    expect(notification('m', 'x', ['osc9'], { STY: '1.pts' })).toBe('\u001BP\u001B]9;m: x\u0007\u001B\\');
  });

  it('is one for a hundred at once, and at most one in ten seconds; progress has none', () => {
    let state: MonitorState = initialState({
      target,
      readOnly: null,
      intervalSeconds: 1,
      window: { columns: 80, rows: 24 },
      nowMs: 0,
    });
    let nowMs = 0;
    let listener = (): void => {};
    const store = {
      state: () => state,
      subscribe: (one: () => void) => {
        listener = one;
        return () => {};
      },
    };
    const written: string[] = [];
    let isOwn = true;
    notifyTerminal(
      store,
      { events: flagsOf({ notify: 'osc9' }) },
      { env: { LANG: 'C.UTF-8' }, now: () => nowMs },
      (bytes) => {
        if (isOwn) written.push(bytes);
        return isOwn;
      },
    );
    const happens = (all: readonly Noticed[]): void => {
      state = {
        ...state,
        noticing: withNotices(
          state.noticing ?? noNotices,
          all.map((what) => ({ at: 0, what })),
        ),
      };
      listener();
    };
    const kind = (index: number): Noticed => ({
      kind: 'new kind',
      failureKind: `kind ${'abcdefghij'.charAt(index % 10)}`,
      sqlState: null,
      unresolved: 1,
      operationId: index,
      phase: 'execution',
      tableName: 'cases',
      workerId: null,
    });
    happens(Array.from({ length: 100 }, (_, index) => kind(index)));
    expect(written).toEqual([
      '\u001B]9;migtop dispatch: 100 new kinds of failures; first: kind a (operation 0 · cases)\u0007',
    ]);
    happens([kind(1)]);
    nowMs = 5000;
    happens([kind(2), { kind: 'phase', phase: 'execution', state: 'done', unresolved: 0 }]);
    expect(written).toHaveLength(1);
    nowMs = 10_000;
    isOwn = false;
    happens([]);
    expect(written).toHaveLength(1);
    isOwn = true;
    happens([]);
    expect(written[1]).toContain('2 new kinds of failures');
  });
});

describe('the command of --on-event', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'migtop-events-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const env = {
    PATH: process.env.PATH,
    PGPASSWORD: 'hunter22',
    DATABASE_URL: 'postgres://u:hunter22@h/d',
    KEPT: 'yes',
  };

  it('gets each line in its order, once, with its arguments as they are, without the password and without a terminal', async () => {
    const problems: string[] = [];
    const out = join(folder, 'out');
    const script = 'cat >> "$1"; env >> "$1.env"; (: < /dev/tty) 2>/dev/null && echo tty >> "$1.env"; true';
    const queue = createEventQueue(['sh', '-c', script, 'sh', out], env, (problem) => problems.push(problem));
    for (let index = 0; index < 5; index++) queue.add(`{"event":${index}}\n`);
    await queue.close(60_000);
    expect(await readFile(out, 'utf8')).toBe([0, 1, 2, 3, 4].map((index) => `{"event":${index}}\n`).join(''));
    const seen = await readFile(`${out}.env`, 'utf8');
    expect(seen).toContain('KEPT=yes');
    expect(seen).not.toMatch(/hunter22|^tty$/m);
    expect(problems).toEqual([]);
  });

  it('is reported once if it is missing or fails, until it works again', async () => {
    const problems: string[] = [];
    const missing = createEventQueue(['/nonexistent/tell'], env, (problem) => problems.push(problem));
    missing.add('1\n');
    missing.add('2\n');
    await missing.close(60_000);
    const failing = createEventQueue(['sh', '-c', 'read n; echo "no\u0007 $n" >&2; exit 3'], env, (problem) =>
      problems.push(problem),
    );
    failing.add('1\n');
    failing.add('2\n');
    await failing.close(60_000);
    // Node throws this error, and reports that of a missing file by an event.
    const throwing = createEventQueue(['/etc/passwd/tell'], env, (problem) => problems.push(problem));
    throwing.add('1\n');
    throwing.add('2\n');
    await throwing.close(60_000);
    expect(problems).toEqual([
      '--on-event: cannot run /nonexistent/tell: there is no such command',
      '--on-event: sh failed with exit code 3: no 1',
      '--on-event: cannot run /etc/passwd/tell: spawn ENOTDIR',
    ]);
  });

  it('says why it failed also if its errors arrive after its end', async () => {
    const problems: string[] = [];
    const late = '(sleep 0.05; echo "no network" >&2) & exit 3';
    const queue = createEventQueue(['sh', '-c', late], env, (problem) => problems.push(problem));
    queue.add('1\n');
    await queue.close(60_000);
    expect(problems).toEqual(['--on-event: sh failed with exit code 3: no network']);
  });

  it('does not keep migtop from leaving if it cannot be ended', async () => {
    const problems: string[] = [];
    const queue = createEventQueue(['sleep', '5'], env, (problem) => problems.push(problem));
    // As for a process of another user.
    const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
    });
    try {
      queue.add('1\n');
      await queue.close(0);
    } finally {
      kill.mockRestore();
    }
    expect(problems).toEqual(['--on-event: sleep could not be ended']);
  });

  it('ends with migtop, together with what it has started, and the lines that are left are reported', async () => {
    const problems: string[] = [];
    const pid = join(folder, 'pid');
    const queue = createEventQueue(
      ['sh', '-c', 'sleep 600 & echo $! > "$1.new"; mv "$1.new" "$1"; wait', 'sh', pid],
      env,
      (problem) => problems.push(problem),
    );
    queue.add('1\n');
    queue.add('2\n');
    const childPid = await waitForFile(pid);
    await queue.close(0);
    expect(problems[0]).toBe('--on-event: 1 events were not delivered');
    await expect.poll(() => isRunning(childPid), { timeout: 30_000 }).toBe(false);
  });
});

async function waitForFile(path: string): Promise<number> {
  let text = '';
  await expect
    .poll(
      async () => {
        text = await readFile(path, 'utf8').catch(() => '');
        return text;
      },
      { timeout: 30_000 },
    )
    .not.toBe('');
  return Number(text);
}

/** A zombie that nobody has waited for has ended. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return stat !== null && !/\) Z /.test(stat);
}

describe('the server of the metrics', () => {
  it('answers GET and HEAD of its paths only, and says that a port is in use', async () => {
    const answer = async (path: string) =>
      path === '/metrics' ? { status: 200, type: 'text/plain', text: 'up 1\n' } : null;
    const server = await listen({ host: '127.0.0.1', port: 0 }, answer);
    if (server.kind === 'failed') throw new Error(server.problem);
    const url = `http://127.0.0.1:${server.port}`;
    const asked = async (path: string, method = 'GET') => {
      const response = await fetch(`${url}${path}`, { method });
      return [response.status, await response.text()];
    };
    expect(await asked('/metrics?x=1')).toEqual([200, 'up 1\n']);
    expect(await asked('/metrics', 'HEAD')).toEqual([200, '']);
    expect((await asked('/'))[0]).toBe(404);
    expect((await asked('/metrics', 'POST'))[0]).toBe(405);
    expect(await listen({ host: '127.0.0.1', port: server.port }, answer)).toEqual({
      kind: 'failed',
      problem: `cannot listen on 127.0.0.1:${server.port}: the port is in use. Choose another one with --listen`,
    });
    await server.close();
  });
});
