/**
 * In version 1, rows of the audit table have no action key and do not name their control table. In version 2, they do not say
 * which of several operations with one id they are about.
 */
export type AuditVersion = 1 | 2 | 3;
