import { cleanLine } from '../../domain/clean-text.ts';
import { isUtf8 } from '../../domain/locale.ts';
import { asciiText } from '../../presentation/charset.ts';
import { cutToBytes, passedThrough } from './clipboard.ts';

/** How a terminal notifies: by its bell, by OSC 9 (iTerm2, kitty, WezTerm, Windows Terminal and others) or by OSC 777 (rxvt, VTE). */
export type NotificationWay = 'bell' | 'osc9' | 'osc777';

type Env = Readonly<Record<string, string | undefined>>;

/** Maximum size of the text in bytes: GNU screen passes on no longer sequences. */
const textBytes = 160;

/** The bell, and the sequence that the terminal is likely to know. Terminals ignore one that they do not know; the console of Linux prints it. */
export function usualWays(env: Env): readonly NotificationWay[] {
  const term = env.TERM ?? '';
  if (term === 'linux') return ['bell'];
  return ['bell', term.startsWith('rxvt') || (env.VTE_VERSION ?? '') !== '' ? 'osc777' : 'osc9'];
}

/** The bytes that show a notification. They draw nothing, and do not move the cursor. */
export function notification(title: string, text: string, ways: readonly NotificationWay[], env: Env): string {
  const [head, body] = [shown(title, env), shown(text, env)];
  // tmux and screen report a bell by themselves.
  const bytes: Readonly<Record<NotificationWay, string>> = {
    bell: '\u0007',
    osc9: passedThrough(`\u001B]9;${cutToBytes(`${head}: ${body}`, textBytes)}\u0007`, env),
    // A semicolon ends a field.
    osc777: passedThrough(`\u001B]777;notify;${field(head, 40)};${field(body, textBytes - 40)}\u0007`, env),
  };
  return ways.map((way) => bytes[way]).join('');
}

function field(text: string, bytes: number): string {
  return cutToBytes(text.replaceAll(';', ','), bytes);
}

function shown(text: string, env: Env): string {
  const clean = cleanLine(text);
  return isUtf8(env) ? clean : asciiText(clean);
}
