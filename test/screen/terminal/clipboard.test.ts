import { describe, expect, it } from 'vitest';
import { clipboardBytes, cutToBytes, toClipboard } from '../../../source/screen/terminal/clipboard.ts';

/** The text that a sequence OSC 52 puts into the clipboard; null for other sequences. */
function clipboardOf(bytes: string): string | null {
  const [, base64] = /^\u001B\]52;c;([A-Za-z0-9+/=]*)\u0007$/.exec(bytes) ?? [];
  return base64 === undefined ? null : Buffer.from(base64, 'base64').toString();
}

/** The bytes that GNU screen passes on to the terminal: those within its DCS strings. */
function throughScreen(bytes: string): string {
  const parts = [...bytes.matchAll(/\u001BP([\s\S]*?)\u001B\\/g)].map(([, part]) => part ?? '');
  expect(bytes).toBe(parts.map((part) => `\u001BP${part}\u001B\\`).join(''));
  for (const part of parts) expect(part.length).toBeLessThanOrEqual(252);
  return parts.join('');
}

const text = 'Operation 10: Größe → 12 €\n';

describe('the bytes for the clipboard', () => {
  it('are OSC 52 on a terminal, also through SSH', () => {
    expect(clipboardOf(toClipboard(text, { TERM: 'xterm-256color', SSH_TTY: '/dev/pts/0' }))).toBe(text);
  });

  it('reach the buffer of tmux and the terminal outside of it', () => {
    const bytes = toClipboard(text, { TERM: 'screen-256color', TMUX: '/tmp/tmux-0/default,1,0' });
    const [own = '', wrapped = ''] = bytes.split('\u001BPtmux;');
    expect(clipboardOf(own)).toBe(text);
    expect(wrapped.endsWith('\u001B\\')).toBe(true);
    expect(clipboardOf(wrapped.slice(0, -2).replaceAll('\u001B\u001B', '\u001B'))).toBe(text);
  });

  it('pass GNU screen in parts', () => {
    const long = text.repeat(100);
    expect(clipboardOf(throughScreen(toClipboard(long, { TERM: 'screen', STY: '1.pts-0.host' })))).toBe(long);
    expect(clipboardOf(throughScreen(toClipboard(long, { TERM: 'screen.xterm-256color' })))).toBe(long);
  });

  it('go to the inner one of GNU screen and tmux, if one runs in the other', () => {
    const both = { STY: '1.pts-0.host', TMUX: '/tmp/tmux-0/default,1,0' };
    expect(clipboardOf(throughScreen(toClipboard(text, { ...both, TERM: 'screen' })))).toBe(text);
    expect(clipboardOf(throughScreen(toClipboard(text, { ...both, TERM: 'screen.tmux-256color' })))).toBe(text);
    expect(toClipboard(text, { ...both, TERM: 'screen-256color' })).toContain('\u001BPtmux;');
    expect(toClipboard(text, { ...both, TERM: 'tmux-256color' })).toContain('\u001BPtmux;');
  });

  it('are no more than a terminal takes, cut between characters', () => {
    const whole = '€'.repeat(40_000);
    const cut = clipboardOf(toClipboard(whole, { TERM: 'xterm' })) ?? '';
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(clipboardBytes);
    expect(Buffer.byteLength(cut)).toBeGreaterThan(clipboardBytes - 4);
    expect(whole.startsWith(cut)).toBe(true);
    expect(cutToBytes('a€', 3)).toBe('a');
    expect(cutToBytes('a€', 4)).toBe('a€');
  });
});
