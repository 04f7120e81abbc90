import { type ConnectionParameters, isKeyword } from './keywords.ts';

/** Named by themselves in a command line, secret, of this program, or about a choice between servers, which has been made. */
const others: readonly string[] = [
  'service',
  'servicefile',
  'host',
  'hostaddr',
  'port',
  'dbname',
  'user',
  'password',
  'sslpassword',
  'client_encoding',
  'application_name',
  'fallback_application_name',
  'target_session_attrs',
  'load_balance_hosts',
];

/**
 * The other settings that were given for a connection, by the command line, a service or the environment: another program needs
 * them to connect in the same way, for example `sslmode`. An address is one of them if it is the only one.
 */
export function repeatedSettings(parameters: ConnectionParameters): readonly (readonly [string, string])[] {
  return Object.entries(parameters).flatMap(([keyword, value]): [string, string][] => {
    if (!isKeyword(keyword) || value === undefined || value === '') return [];
    const isOnlyAddress = keyword === 'hostaddr' && !value.includes(',');
    return isOnlyAddress || !others.includes(keyword) ? [[keyword, value]] : [];
  });
}
