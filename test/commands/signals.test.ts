import { expect, it, vi } from 'vitest';
import { createSignalListeners, signalExitCode, signalsThatEnd } from '../../source/commands/signals.ts';

/** Sends a signal to this process, which Node delivers after the code that runs now. */
const send = (signal: NodeJS.Signals): boolean => process.kill(process.pid, signal);

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
};

it('gives a signal that arrived before its listener was removed to the next listener', async () => {
  const onSignal = createSignalListeners(process, (code) => expect.fail(`exit ${code}`));
  const [first, second] = [vi.fn(), vi.fn()];
  const stopFirst = onSignal(['SIGUSR2'], first);
  send('SIGUSR2');
  stopFirst();
  const stopSecond = onSignal(['SIGUSR2'], second);
  await vi.waitFor(() => expect(second).toHaveBeenCalledWith('SIGUSR2'));
  expect(first).not.toHaveBeenCalled();
  stopSecond();
  // By then the system decides again what the signal does: the next test sends it too.
  await turns(3);
});

it('ends the program by a signal that arrived before the last listener was removed', async () => {
  const exit = vi.fn();
  const listener = vi.fn();
  const before = process.listenerCount('SIGUSR2');
  const stop = createSignalListeners(process, exit)(['SIGUSR2', 'SIGTSTP'], listener);
  send('SIGUSR2');
  stop();
  await vi.waitFor(() => expect(exit).toHaveBeenCalledWith(signalExitCode('SIGUSR2')));
  await turns(3);
  expect(listener).not.toHaveBeenCalled();
  // From then on the system decides again what the signal does.
  expect(process.listenerCount('SIGUSR2')).toBe(before);
});

it('leaves SIGPROF to the profiler of Node', () => {
  expect(signalsThatEnd()).toContain('SIGVTALRM');
  expect(signalsThatEnd()).not.toContain('SIGPROF');
});
