import type { Client } from 'pg';

/** Identifies a connection on its server (BackendKeyData): the process ID, and the key that a CancelRequest needs. */
export interface BackendKey {
  readonly processId: number;
  readonly secretKey: number;
}

/** Reads the key of a connection, which `pg` keeps but does not declare. Null if the server sent none. */
export function backendKeyOf(client: Client): BackendKey | null {
  const processId = 'processID' in client ? client.processID : null;
  const secretKey = 'secretKey' in client ? client.secretKey : null;
  return typeof processId === 'number' && typeof secretKey === 'number' ? { processId, secretKey } : null;
}
