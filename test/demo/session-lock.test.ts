import { expect, test, vi } from 'vitest';
import { createSessionLock, type SessionUser } from '../../source/demo/session-lock.ts';

const user = () => ({ terminate: vi.fn<SessionUser['terminate']>() });
const never = 2 ** 30;

function recorder() {
  const log: string[] = [];
  const job =
    (name: string, left: 'free' | 'held' = 'free') =>
    async () => {
      log.push(name);
      return { left, result: name };
    };
  return { log, job };
}

test('runs jobs in the order of the calls', async () => {
  const { log, job } = recorder();
  const lock = createSessionLock(never);
  const [a, b] = [user(), user()];
  await Promise.all([lock.run(a, job('a1')), lock.run(b, job('b1')), lock.run(a, job('a2'))]);
  expect(log).toEqual(['a1', 'b1', 'a2']);
});

test('keeps other users waiting while one has a transaction open', async () => {
  const { log, job } = recorder();
  const lock = createSessionLock(never);
  const [a, b] = [user(), user()];
  await lock.run(a, job('begin', 'held'));
  const waiting = lock.run(b, job('b'));
  await lock.run(a, job('update', 'held'));
  await lock.run(a, job('commit'));
  await waiting;
  expect(log).toEqual(['begin', 'update', 'commit', 'b']);
});

test('resets the session when its holder leaves, before the next job', async () => {
  const { log, job } = recorder();
  const lock = createSessionLock(never);
  const [a, b] = [user(), user()];
  await lock.run(a, job('begin', 'held'));
  const waiting = lock.run(b, job('b'));
  await lock.leave(a, async () => {
    log.push('tidied');
  });
  await waiting;
  expect(log).toEqual(['begin', 'tidied', 'b']);
});

test('rejects the waiting jobs of a user that leaves', async () => {
  const { log, job } = recorder();
  const lock = createSessionLock(never);
  const [a, b] = [user(), user()];
  await lock.run(a, job('begin', 'held'));
  const given = expect(lock.run(b, job('b'))).rejects.toThrow('the connection was closed');
  await lock.leave(b, async () => {
    log.push('tidied');
  });
  await given;
  await lock.run(a, job('commit'));
  expect(log).toEqual(['begin', 'commit']);
});

test('continues after a job that throws', async () => {
  const { job } = recorder();
  const lock = createSessionLock(never);
  const a = user();
  await expect(lock.run(a, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  await expect(lock.run(user(), job('b'))).resolves.toBe('b');
});

test('terminates an idle holder only while others wait', async () => {
  vi.useFakeTimers();
  try {
    const { job } = recorder();
    const lock = createSessionLock(1_000);
    const [a, b] = [user(), user()];
    await lock.run(a, job('begin', 'held'));
    await vi.advanceTimersByTimeAsync(5_500);
    expect(a.terminate).not.toHaveBeenCalled();
    const waiting = lock.run(b, job('b'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(a.terminate).toHaveBeenCalledOnce();
    await lock.leave(a, async () => {});
    await waiting;
  } finally {
    vi.useRealTimers();
  }
});
