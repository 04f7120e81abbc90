import type { ListenOptions } from 'node:net';

/** The options of the host thread. */
export interface HostOptions {
  readonly listen: Pick<ListenOptions, 'path' | 'host' | 'port'>;
  readonly seed: number;
  /** How many seconds of the migration pass in one second. */
  readonly speed: number;
  /** Whether to add a worker that uses the specification's updates, which overwrite an operator's actions. */
  readonly rogue: boolean;
  /** Whether to show the situation of sql/demo/incident.sql instead of the demo's usual migration. */
  readonly incident: boolean;
}

/** The messages of the host thread. */
export type HostMessage =
  | { readonly kind: 'progress'; readonly message: string }
  | { readonly kind: 'ready'; readonly port: number }
  | { readonly kind: 'failed'; readonly message: string };
