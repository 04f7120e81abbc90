import type { Server } from '../../source/database/libpq/settings.ts';
import { createProductionGuard, type ProductionGuard, type Resolver } from '../../source/database/production-guard.ts';
import type { ProductionRules } from '../../source/domain/production.ts';

/** A server as the settings of a connection name it. */
export function serverOf(name: string, given: Partial<Server> = {}): Server {
  return { name, isNamed: true, address: name, port: 5432, portText: '5432', ...given };
}

/** A resolver that knows no name. */
export const noResolver: Resolver = { addressesOf: async () => [], namesOf: async () => [] };

/** The lock of a chosen target `prod`; or by rules, for one of these servers. */
export function productionGuard(
  given: {
    rules?: Partial<ProductionRules>;
    selected?: { name: string; production: boolean } | null;
    servers?: readonly Server[];
    database?: string;
    resolver?: Partial<Resolver>;
  } = {},
): ProductionGuard {
  return createProductionGuard({
    rules: { targets: [], hosts: [], ...given.rules },
    selected: given.selected === undefined ? { name: 'prod', production: true } : given.selected,
    servers: given.servers ?? [serverOf('db1')],
    database: given.database ?? 'dispatch',
    resolver: { ...noResolver, ...given.resolver },
    machine: 'laptop',
    ownAddresses: ['127.0.0.1', '10.0.0.99'],
  });
}
