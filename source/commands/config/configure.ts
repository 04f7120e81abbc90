import { DatabaseError } from '../../database/database-error.ts';
import { connectionSettings, namesDatabase, type Settings } from '../../database/libpq/settings.ts';
import { createProductionGuard, type ProductionGuard } from '../../database/production-guard.ts';
import { nearName } from '../../domain/near-name.ts';
import type { ProductionRules } from '../../domain/production.ts';
import type { Flags, Invocation } from '../arguments.ts';
import { missingDeadline } from '../contradictions.ts';
import { type Config, type ConfiguredTarget, noConfig, type Preferences } from './config.ts';
import { readConfigText } from './config-file.ts';
import type { Configured } from './configured.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the configuration file. Its parser is loaded only if there is a file. @throws {DatabaseError} kind `usage` */
export async function readConfig(given: string | undefined, env: Environment): Promise<Config> {
  const text = readConfigText(given, env);
  return text === null ? noConfig : (await import('./parse-config.ts')).parseConfig(text);
}

/**
 * The invocation with the settings of the configuration file. The command line has precedence over the environment, that over the
 * default target, a target over the top level of the file.
 *
 * @throws {DatabaseError} kind `usage`
 */
export async function configured(invocation: Invocation, env: Environment): Promise<Invocation> {
  if (invocation.command === 'print') return invocation;
  const { flags } = invocation;
  const config = await readConfig(flags.configFile, env);
  await checkPersonal(config);
  const target = invocation.command === 'demo' ? null : chosenTarget(invocation, config, env);
  const rules = invocation.command === 'demo' ? noRules : rulesOf(config, env);
  const found: Configured = { config, target, rules };
  const preferred = withPreferences(flags, found);
  const problem = missingDeadline(preferred);
  if (problem !== null) throw usage(problem);
  return { ...invocation, flags: preferred };
}

/** A mistake in the keys, columns and commands of the file is an error of every command, not only of those with a screen. */
async function checkPersonal(config: Config): Promise<void> {
  if (config.keys.size === 0 && config.commands.length === 0 && Object.keys(config.columns).length === 0) return;
  (await import('./personalize.ts')).personalize(config);
}

const noRules: ProductionRules = { targets: [], hosts: [] };

/** The flags with a target's settings where the command line gives none. */
export function withPreferences(flags: Flags, found: Configured): Flags {
  const { config, target } = found;
  const isGiven = (name: string): boolean => flags.given?.has(name) === true;
  const preferences: Preferences = { ...config, ...target };
  const take = <K extends keyof Preferences & keyof Flags>(key: K, option: string): Partial<Flags> =>
    isGiven(option) || preferences[key] === undefined ? {} : ({ [key]: preferences[key] } as Partial<Flags>);
  const interval = take('intervalSeconds', 'interval');
  return {
    ...flags,
    ...take('table', 'table'),
    ...interval,
    ...(isGiven('sample') || interval.intervalSeconds === undefined ? {} : { sampleSeconds: interval.intervalSeconds }),
    ...take('since', 'since'),
    ...take('until', 'until'),
    ...take('counting', 'counting'),
    ...take('theme', 'theme'),
    ...take('ambiguousWidth', 'ambiguous-width'),
    readOnly: flags.readOnly || preferences.readOnly === true,
    configured: found,
    base: flags,
  };
}

function chosenTarget(
  invocation: Exclude<Invocation, { command: 'print' }>,
  config: Config,
  env: Environment,
): ConfiguredTarget | null {
  const { flags, connection, command } = invocation;
  const byName = (name: string): ConfiguredTarget | null => config.targets.find((one) => one.name === name) ?? null;
  if (flags.target !== undefined) {
    const found = byName(flags.target);
    if (found === null) throw usage(noTarget(flags.target, config));
    return found;
  }
  // Without a connection, init only prints files.
  const isPrinting = command === 'init' && !flags.apply;
  if (config.target === null || isPrinting || isDatabaseNamed(connection, env)) return null;
  return byName(config.target);
}

/** Whether the command line or the environment names a database. */
export function isDatabaseNamed(connection: string | undefined, env: Environment): boolean {
  return connection !== undefined || (env.DATABASE_URL?.trim() ?? '') !== '' || namesDatabase(env);
}

function noTarget(name: string, { file, targets }: Config): string {
  if (file === null) return 'there is no configuration file, and so no target (docs/configuration.md)';
  const names = targets.map((one) => one.name);
  const near = nearName(name, names);
  const isName = /^[\w.-]{1,64}$/.test(name);
  const named = isName ? `target "${name}"` : 'such target';
  if (names.length === 0) return `there is no ${named}: the configuration file has none`;
  return `there is no ${named}${near === null ? `: use one of ${names.slice(0, 12).join(', ')}` : `; did you mean: ${near}`}`;
}

/** How production targets are recognised. @throws {DatabaseError} if it cannot be found out where one leads */
export function rulesOf(config: Config, env: Environment): ProductionRules {
  const targets = config.targets
    .filter(({ production }) => production)
    .map(({ name, parameters }) => {
      let settings: Settings;
      try {
        settings = connectionSettings(parameters, env);
      } catch (error) {
        if (!(error instanceof DatabaseError)) throw error;
        throw config.wrong(['targets', name], `production target ${name}: ${error.message}`);
      }
      const { servers, database } = settings;
      const places = servers.map((server) => ({ names: [server.name, server.address], port: server.port, database }));
      return { name, places };
    });
  return { targets, hosts: config.productionHosts };
}

/** Where an invocation connects: to its target, else to the connection that it names. @throws {DatabaseError} kind `usage` */
export function chosenSettings(connection: string | undefined, flags: Flags, env: Environment): Settings {
  const { configured } = flags;
  const target = configured?.target ?? null;
  if (target !== null) return connectionSettings(target.parameters, env);
  const names = configured?.config.targets.map(({ name }) => name) ?? [];
  if (names.length > 0 && !isDatabaseNamed(connection, env))
    throw usage(
      `no database is named. Name a target of the configuration file: --target ${names.slice(0, 12).join(', --target ')}`,
    );
  return connectionSettings(connection, env);
}

/** The lock of production targets for a connection with these settings. */
export function guardOf(settings: Settings, { configured }: Flags): ProductionGuard {
  return createProductionGuard({
    rules: configured?.rules ?? noRules,
    selected: configured?.target ?? null,
    servers: settings.servers,
    database: settings.database,
  });
}

/**
 * Unlocks the production target that `--production` names, for a command that writes.
 *
 * @throws {DatabaseError} kind `usage` if a production target is not named, or the option names another one
 */
export function unlockNamed(guard: ProductionGuard | undefined, given: string | undefined): void {
  const { name = null, setting } = guard?.state() ?? {};
  if (name === null) {
    if (given !== undefined)
      throw usage('--production names a production target, and this is not one: nothing was changed');
    return;
  }
  if (given === undefined)
    throw usage(`${name} is a production target (${setting}): to change it, add --production ${name}`);
  if (guard?.unlock(given) !== true)
    throw usage(`--production does not name this target: it is ${name}. Nothing was changed`);
}

function usage(message: string): DatabaseError {
  return new DatabaseError('usage', message);
}
