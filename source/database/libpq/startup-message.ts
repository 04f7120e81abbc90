import { type ConnectionParameters, sessionVariables } from './keywords.ts';

/** Session settings by their names on the server. */
export type SessionSettings = readonly (readonly [name: string, value: string])[];

/** The session settings that libpq would send. `default` keeps the server's setting; `auto` means UTF-8, the only encoding that migtop reads. */
export function sessionSettings(
  { client_encoding: encoding }: ConnectionParameters,
  env: Readonly<Record<string, string | undefined>>,
): SessionSettings {
  const settings = Object.entries(sessionVariables).flatMap(([variable, name]) => {
    const value = env[variable];
    return value === undefined || value.toLowerCase() === 'default' ? [] : [[name, value] as const];
  });
  const isNamed = encoding !== undefined && encoding !== '' && encoding !== 'auto';
  return isNamed ? [['client_encoding', encoding], ...settings] : settings;
}

/**
 * Adds session settings to a startup message (PostgreSQL manual, 54.2.1), before those that are already in it: if a name
 * occurs twice, the server checks the first value and uses the last one.
 */
export function withSettings(message: Buffer, settings: SessionSettings): Buffer {
  if (settings.length === 0) return message;
  const added = Buffer.from(settings.map(([name, value]) => `${name}\0${value}\0`).join(''));
  const all = Buffer.concat([message.subarray(0, headBytes), added, message.subarray(headBytes)]);
  all.writeInt32BE(all.length, 0);
  return all;
}

/** The length and the protocol version, in bytes. */
const headBytes = 8;
