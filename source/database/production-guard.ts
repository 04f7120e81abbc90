import { lookup, lookupService } from 'node:dns/promises';
import { hostname, networkInterfaces } from 'node:os';
import {
  isLocalHost,
  type ProductionRules,
  productionMatch,
  productionSetting,
  type ServerPlace,
} from '../domain/production.ts';
import { atMost } from './at-most.ts';
import type { Server } from './libpq/settings.ts';
import type { ConnectedPlace, WriteLock } from './write-lock.ts';

/** Whether the session is on a production target, and whether it may write there. */
export interface ProductionState {
  /** The name that unlocks it; null if it is not production. */
  readonly name: string | null;
  readonly isLocked: boolean;
  /** The setting of the configuration file by which it is production; absent if it is not. */
  readonly setting?: string;
}

/** The lock of production targets: locked until the operator types the target's name. */
export interface ProductionGuard extends WriteLock {
  state(): ProductionState;
  /** Allows writes until `lock`, if the text is the target's name. Returns whether it is. */
  unlock(typed: string): boolean;
  lock(): void;
  /** Is told the name of the database as the server reports it: a pooler may have another name for it. */
  nameDatabase(database: string): void;
}

/** Looks up names and addresses of hosts. */
export interface Resolver {
  /** The addresses of a host name. */
  readonly addressesOf: (host: string) => Promise<readonly string[]>;
  /** The names of an address. */
  readonly namesOf: (address: string) => Promise<readonly string[]>;
}

const systemResolver: Resolver = {
  addressesOf: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
  namesOf: async (address) => [(await lookupService(address, 5432)).hostname],
};

/** Maximum time of the resolver in milliseconds: then the names as given decide. */
const resolveMs = 1000;

/**
 * @param selected the target of the configuration file that was chosen, if any
 * @param servers all servers that the settings name: any of them may answer at a reconnection
 */
export function createProductionGuard(options: {
  readonly rules: ProductionRules;
  readonly selected: { readonly name: string; readonly production: boolean } | null;
  readonly servers: readonly Server[];
  readonly database: string;
  readonly resolver?: Resolver;
  readonly machine?: string;
  /** The addresses of this machine. */
  readonly ownAddresses?: readonly string[];
}): ProductionGuard {
  const { rules, selected, servers, resolver = systemResolver, machine = hostname() } = options;
  const hasRules = rules.targets.length > 0 || rules.hosts.length > 0;
  const own = new Set(options.ownAddresses ?? (hasRules ? addressesOfMachine() : []));
  const databases = new Set([options.database]);
  const places: ServerPlace[] = [];
  const seen = new Map<string, Promise<void>>();
  let resolved: Promise<ProductionRules> | null = null;
  let known = rules;
  let name = selected?.production === true ? selected.name : null;
  let setting = name === null ? '' : `targets.${name}.production`;
  let isLocked = true;

  for (const server of servers) judge(placeOf(server, null));

  function placeOf({ name: host, address, port }: Server, ip: string | null): ServerPlace {
    const names = [host, address, ...(ip === null ? [] : [ip])];
    // On the production machine itself, its sockets are production too.
    return { names: isHere(names) ? [...names, 'localhost', machine] : names, port, database: '' };
  }

  /** Whether one of the names leads to this machine. */
  function isHere(names: readonly string[]): boolean {
    return names.some((one) => isLocalHost(one) || one === machine || own.has(one));
  }

  function judge(place: ServerPlace): void {
    places.push(place);
    if (name !== null) return;
    for (const database of databases) {
      const match = productionMatch({ ...place, database }, known);
      if (match === null || name !== null) continue;
      name = selected?.name ?? match.name;
      setting = productionSetting(match);
    }
  }

  /** The rules with the addresses of the production targets' hosts. */
  async function withAddresses(): Promise<ProductionRules> {
    const targets = rules.targets.map(async (target) => ({
      ...target,
      places: await Promise.all(
        target.places.map(async (place) => {
          const addresses = await Promise.all(
            place.names.filter((one) => !isLocalHost(one)).map((one) => resolver.addressesOf(one).catch(() => [])),
          );
          const names = [...place.names, ...addresses.flat()];
          return { ...place, names: isHere(names) ? [...names, 'localhost'] : names };
        }),
      ),
    }));
    return { ...rules, targets: await Promise.all(targets) };
  }

  async function see({ server, ip }: ConnectedPlace): Promise<void> {
    const place = placeOf(server, ip);
    judge(place);
    if (name !== null) return;
    // Also for a server on this machine: a production target may name it otherwise, as /etc/hosts does with tunnels.
    resolved ??= withAddresses();
    const asked = ip === null || isLocalHost(ip) ? [] : resolver.namesOf(ip).catch(() => []);
    const [withNames, names] = await Promise.all([resolved, asked]);
    known = withNames;
    judge({ ...place, names: [...place.names, ...names] });
  }

  async function connected(place: ConnectedPlace): Promise<void> {
    if (!hasRules || name !== null) return;
    const key = JSON.stringify([place.server, place.ip]);
    const before = seen.get(key);
    const seeing = before ?? see(place);
    seen.set(key, seeing);
    await atMost(seeing, resolveMs);
  }

  return {
    connected,
    async whyLocked(place) {
      await connected(place);
      return name !== null && isLocked ? `${name} is a production target (${setting}), and it is locked` : null;
    },
    state: () => (name === null ? { name, isLocked: false } : { name, isLocked, setting }),
    unlock(typed) {
      if (name === null || typed !== name) return false;
      isLocked = false;
      return true;
    },
    lock() {
      isLocked = true;
    },
    nameDatabase(database) {
      databases.add(database);
      for (const place of places.splice(0)) judge(place);
    },
  };
}

function addressesOfMachine(): readonly string[] {
  try {
    return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
  } catch {
    return [];
  }
}
