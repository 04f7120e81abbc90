import type { ListenOptions } from 'node:net';

/** What the host thread is started with. */
export interface HostOptions {
  readonly listen: Pick<ListenOptions, 'path' | 'host' | 'port'>;
  readonly seed: number;
  /** How many seconds of the migration pass in one. */
  readonly speed: number;
  /** Whether one more worker takes part, which writes as the specification does and overwrites what operators do. */
  readonly rogue: boolean;
}

/** What the host thread says. */
export type HostMessage =
  | { readonly kind: 'progress'; readonly message: string }
  | { readonly kind: 'ready'; readonly port: number }
  | { readonly kind: 'failed'; readonly message: string };
