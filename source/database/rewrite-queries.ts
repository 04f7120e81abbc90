import auditNotes from '../../sql/queries/audit-notes.sql';
import batchSize from '../../sql/queries/batch-size.sql';
import batchSizeAudited from '../../sql/queries/batch-size-audited.sql';
import requeue from '../../sql/queries/requeue.sql';
import requeueAudited from '../../sql/queries/requeue-audited.sql';
import skipCosts from '../../sql/queries/skip-costs.sql';

/** The queries that change other columns than the status of operations; they read the table itself. */
export const rewriteQueries = {
  'batch-size': batchSize,
  'batch-size-audited': batchSizeAudited,
  requeue,
  'requeue-audited': requeueAudited,
};

/** The other queries of actions on many operations. */
export const batchQueries = { 'audit-notes': auditNotes, 'skip-costs': skipCosts };

const seen = ['ids', 'froms', 'tos', 'versions'] as const;
const limits = ['identities', 'validUntil', 'tableOid', 'keys'] as const;
const ofOperator = ['action', 'osUser', 'host', 'client', 'reason', 'table'] as const;

/** The names of their parameters, as in `parameters`. */
export const rewriteParameters = {
  requeue: [...seen, 'befores', ...limits],
  'requeue-audited': [...seen, 'befores', ...limits, ...ofOperator],
  'batch-size': [...seen, 'sizes', ...limits],
  'batch-size-audited': [...seen, 'sizes', ...limits, ...ofOperator],
  'audit-notes': [
    'osUser',
    'host',
    'client',
    'action',
    'ids',
    'froms',
    'tos',
    'reason',
    'outcome',
    'keys',
    'tableOid',
    'table',
    'identities',
  ],
  'skip-costs': ['tables', 'latinTables'],
} as const;
