/**
 * How a text gets into the clipboard of the machine that the operator sits at: the terminal's own control sequence for it, OSC 52
 * (xterm, "Operating System Commands"), which goes through SSH like everything else that is shown. Terminals do not say whether
 * they took it, and several do not by default.
 */

/** Maximum size of a text for the clipboard in bytes: terminals refuse longer sequences than 100,000 bytes of base64. */
export const clipboardBytes = 74_994;

/** Maximum length of a part in GNU screen, which takes 256 bytes in a string, in its oldest versions. */
const screenPart = 252;

/**
 * The bytes that put a text into the clipboard.
 *
 * @param env the environment, which shows whether tmux or GNU screen stands between migtop and the terminal
 */
export function toClipboard(text: string, env: Readonly<Record<string, string | undefined>>): string {
  const set = `\u001B]52;c;${Buffer.from(cutToBytes(text, clipboardBytes)).toString('base64')}\u0007`;
  // tmux takes the sequence itself where `set-clipboard` is `on`, and passes the wrapped one to the terminal where
  // `allow-passthrough` is. Either may be off, so it gets both.
  return isTmux(env) ? set + passedThrough(set, env) : passedThrough(set, env);
}

/** The bytes that tmux or GNU screen, if migtop runs in it, passes on to the terminal as this sequence. */
export function passedThrough(sequence: string, env: Readonly<Record<string, string | undefined>>): string {
  if (isTmux(env)) return `\u001BPtmux;${sequence.replaceAll('\u001B', '\u001B\u001B')}\u001B\\`;
  // screen passes on what a DCS string holds, in parts; it prints the rest of an OSC string that is too long.
  if ((env.STY ?? '') !== '' || env.TERM?.startsWith('screen')) return inParts(sequence);
  return sequence;
}

/** Where both have left their variables, one runs in the other: GNU screen calls its terminal `screen` or `screen.xterm`. */
function isTmux(env: Readonly<Record<string, string | undefined>>): boolean {
  if ((env.STY ?? '') !== '' && /^screen(?:\.|$)/.test(env.TERM ?? '')) return false;
  return (env.TMUX ?? '') !== '' || env.TERM?.startsWith('tmux') === true;
}

function inParts(set: string): string {
  let parts = '';
  for (let from = 0; from < set.length; from += screenPart)
    parts += `\u001BP${set.slice(from, from + screenPart)}\u001B\\`;
  return parts;
}

/** The beginning of a text in at most `bytes` bytes of UTF-8. */
export function cutToBytes(text: string, bytes: number): string {
  const all = Buffer.from(text);
  if (all.length <= bytes) return text;
  let end = bytes;
  // Not within a character: its later bytes are 10xxxxxx.
  while (end > 0 && ((all[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return all.subarray(0, end).toString();
}
