import { isIP } from 'node:net';
import { listenForms, type NotifyWay, notifyForms, notifyWays } from './event-flags.ts';
import { usage } from './words.ts';

/** The values of the options that tell others what happens. */
export interface EventFlags {
  readonly notify: readonly NotifyWay[] | 'auto';
  /** The program of `--on-event` and its arguments. */
  readonly onEvent: readonly string[] | null;
  readonly listen: Listen;
}

export interface Listen {
  readonly host: string;
  readonly port: number;
}

export const noEventFlags: EventFlags = { notify: 'auto', onEvent: null, listen: { host: '127.0.0.1', port: 9645 } };

/** @throws {DatabaseError} kind `usage` */
export function eventFlagsOf(given: {
  readonly notify: string | undefined;
  readonly onEvent: string | undefined;
  readonly listen: string | undefined;
}): EventFlags {
  return {
    notify: given.notify === undefined ? 'auto' : notifyOf(given.notify),
    onEvent: given.onEvent === undefined ? null : commandOf(given.onEvent),
    listen: given.listen === undefined ? noEventFlags.listen : listenOf(given.listen),
  };
}

function notifyOf(given: string): EventFlags['notify'] {
  const words = given.split(',').map((word) => word.trim());
  const [only] = words;
  if (words.length === 1 && only === 'auto') return 'auto';
  if (words.length === 1 && only === 'none') return [];
  const ways = words.flatMap((word) => notifyWays.filter((way) => way === word));
  if (ways.length < words.length) throw usage(`--notify takes ${notifyForms}`);
  return [...new Set(ways)];
}

function commandOf(given: string): readonly string[] {
  const words = splitWords(given);
  if (words === null) throw usage('--on-event has a quotation mark without its end');
  if (words[0] === undefined || words[0] === '') throw usage('--on-event needs a command');
  return words;
}

/**
 * The words of a command line, split at blanks. Single and double quotes and the backslash quote as in a POSIX shell; nothing else has
 * a meaning. Null if a quote has no end.
 */
export function splitWords(line: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at);
    if (quote === '' && /\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (char === quote) quote = '';
    else if (quote === '' && (char === "'" || char === '"')) {
      quote = char;
      word ??= '';
    } else if (char === '\\' && quote !== "'") {
      const next = line.charAt(at + 1);
      if (next === '') return null;
      // Within double quotes it quotes only what has a meaning there.
      word = (word ?? '') + (quote === '' || /["\\$`]/.test(next) ? next : `\\${next}`);
      at += 1;
    } else word = (word ?? '') + char;
  }
  if (quote !== '') return null;
  return word === null ? words : [...words, word];
}

function listenOf(given: string): Listen {
  const [, name, digits] = /^(?:(\[[^\]]*\]|[^:]*):)?(\d{1,5})$/.exec(given.trim()) ?? [];
  const port = Number(digits);
  const host = (name ?? '').replace(/^\[|\]$/g, '');
  if (digits === undefined || port > 65_535) throw usage(`--listen takes ${listenForms}`);
  // Without an address only this machine: others have to be named.
  if (host === '') return { host: '127.0.0.1', port };
  if (host !== 'localhost' && isIP(host) === 0)
    throw usage(`--listen takes an IP address of this machine and a port: ${listenForms}`);
  return { host, port };
}

/** Whether only programs on this machine can connect there. */
export function isLoopback({ host }: Listen): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
