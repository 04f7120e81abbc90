import { expect, test, vi } from 'vitest';
import { createTurnstile, type Visitor } from '../../source/demo/turnstile.ts';

const visitor = () => ({ evict: vi.fn<Visitor['evict']>() });
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

test('lets visitors in by the order in which they come', async () => {
  const { log, job } = recorder();
  const turnstile = createTurnstile(never);
  const [a, b] = [visitor(), visitor()];
  await Promise.all([turnstile.run(a, job('a1')), turnstile.run(b, job('b1')), turnstile.run(a, job('a2'))]);
  expect(log).toEqual(['a1', 'b1', 'a2']);
});

test('keeps the others out while a visitor has left a transaction open', async () => {
  const { log, job } = recorder();
  const turnstile = createTurnstile(never);
  const [a, b] = [visitor(), visitor()];
  await turnstile.run(a, job('begin', 'held'));
  const waiting = turnstile.run(b, job('b'));
  await turnstile.run(a, job('update', 'held'));
  await turnstile.run(a, job('commit'));
  await waiting;
  expect(log).toEqual(['begin', 'update', 'commit', 'b']);
});

test('tidies up after a holder that leaves, before anybody else comes in', async () => {
  const { log, job } = recorder();
  const turnstile = createTurnstile(never);
  const [a, b] = [visitor(), visitor()];
  await turnstile.run(a, job('begin', 'held'));
  const waiting = turnstile.run(b, job('b'));
  await turnstile.leave(a, async () => {
    log.push('tidied');
  });
  await waiting;
  expect(log).toEqual(['begin', 'tidied', 'b']);
});

test('forgets what a visitor that leaves was waiting for', async () => {
  const { log, job } = recorder();
  const turnstile = createTurnstile(never);
  const [a, b] = [visitor(), visitor()];
  await turnstile.run(a, job('begin', 'held'));
  const given = expect(turnstile.run(b, job('b'))).rejects.toThrow('the connection was closed');
  await turnstile.leave(b, async () => {
    log.push('tidied');
  });
  await given;
  await turnstile.run(a, job('commit'));
  expect(log).toEqual(['begin', 'commit']);
});

test('goes on after a job that throws', async () => {
  const { job } = recorder();
  const turnstile = createTurnstile(never);
  const a = visitor();
  await expect(turnstile.run(a, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  await expect(turnstile.run(visitor(), job('b'))).resolves.toBe('b');
});

test('evicts a holder that idles while others wait, and only then', async () => {
  vi.useFakeTimers();
  try {
    const { job } = recorder();
    const turnstile = createTurnstile(1_000);
    const [a, b] = [visitor(), visitor()];
    await turnstile.run(a, job('begin', 'held'));
    await vi.advanceTimersByTimeAsync(5_500);
    expect(a.evict).not.toHaveBeenCalled();
    const waiting = turnstile.run(b, job('b'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(a.evict).toHaveBeenCalledOnce();
    await turnstile.leave(a, async () => {});
    await waiting;
  } finally {
    vi.useRealTimers();
  }
});
