/** The names of the parameters of sql/queries/NAME.sql, in the order of its `$1`, `$2` … */
export const parameters = {
  activity: ['limit', 'tableOid'],
  blocker: ['id', 'identity'],
  changes: [
    'since',
    'above',
    'startedAfter',
    'statuses',
    'ids',
    'watched',
    'known',
    'limit',
    'counted',
    'table',
    'entire',
  ],
  detail: ['id', 'identity'],
  history: ['seconds', 'spanSeconds', 'above', 'last'],
  'page-newer': ['from', 'limit'],
  'page-older': ['from', 'limit'],
  probe: ['status', 'firstIds'],
  range: ['first', 'last', 'limit', 'endedAfter', 'endedUntil', 'spanSeconds', 'withNulls', 'digestMask', 'digests'],
  reach: ['above', 'rows', 'withHighest'],
  runs: ['gapSeconds', 'steps', 'table'],
  snapshot: ['ids', 'startedAfter', 'failures', 'live', 'isCounted'],
  text: ['id', 'column', 'before', 'characters', 'chunkCharacters', 'identity'],
  throughput: ['above', 'last'],
  'after-triggers': ['id', 'to', 'identity'],
  lock: ['id', 'identity'],
  settle: ['key', 'transaction', 'id', 'identity'],
  transition: ['id', 'from', 'to', 'version', 'completedAt', 'identity', 'validUntil', 'tableOid'],
  'transition-audited': [
    'id',
    'from',
    'to',
    'version',
    'completedAt',
    'identity',
    'validUntil',
    'tableOid',
    'action',
    'osUser',
    'host',
    'client',
    'reason',
    'key',
    'table',
  ],
  'audit-note': [
    'osUser',
    'host',
    'client',
    'action',
    'operationId',
    'fromStatus',
    'toStatus',
    'reason',
    'outcome',
    'key',
    'tableOid',
    'table',
  ],
  fence: [
    'osUser',
    'host',
    'client',
    'action',
    'operationId',
    'fromStatus',
    'toStatus',
    'reason',
    'key',
    'tableOid',
    'table',
  ],
} as const;

/** A query that takes its values by name. */
export type NamedQuery = keyof typeof parameters;

/** A value for each parameter of a query. The object may have more properties. */
export type QueryValues<Name extends NamedQuery> = Readonly<Record<(typeof parameters)[Name][number], unknown>>;

/** The values of a query in the order of its parameters. */
export function valuesOf<Name extends NamedQuery>(name: Name, values: QueryValues<Name>): readonly unknown[] {
  return parameters[name].map((parameter) => values[parameter as keyof QueryValues<Name>]);
}
