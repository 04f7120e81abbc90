import { describe, expect, it } from 'vitest';
import { tickAt } from '../../source/monitor/ticker.ts';

describe('the time on the screen between two polls', () => {
  const at = (receivedAtMs: number, nowMs: number, actualSeconds: number) =>
    tickAt({ nowMs, receivedAtMs, interval: { wantedSeconds: 1, actualSeconds }, toast: null });

  it('comes with the poll that is due at that time, if that is answered soon', () => {
    expect(at(10_000, 10_020, 1)).toBe(11_300);
    expect(at(10_000, 11_020, 2)).toBe(12_300);
  });

  it('changes each second while no poll is due', () => {
    expect(at(10_000, 10_020, 5)).toBe(11_020);
    expect(at(10_000, 11_300, 1)).toBe(12_300);
    expect(at(10_000, 17_300, 1)).toBe(18_300);
  });

  it('changes at the end of a message', () => {
    const toast = { tone: 'info', text: 'polling every 1 s', atMs: -9_500 } as const;
    const interval = { wantedSeconds: 1, actualSeconds: 1 };
    expect(tickAt({ nowMs: 10_020, receivedAtMs: 10_000, interval, toast })).toBe(10_501);
  });
});
