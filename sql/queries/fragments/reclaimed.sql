-- Whether another process with the same worker id has claimed an operation since this process claimed it. A claim after a
-- release or a take over sets a later start, or a mark with other seconds worked (worker/claim.sql, release.sql, requeue.sql).
-- `held` has the start and the seconds as this process claimed them, both null if it has not. A start that a person corrected to
-- an earlier time does not count, nor do zeros at the end of the seconds.
(one.started_at::timestamp OPERATOR(pg_catalog.>) held.start::timestamp
  OR pg_catalog.substring(one.validation_query, ' worked=([0-9]+(?:[.][0-9]*[1-9])?)[.]?0* [*]/$') OPERATOR(pg_catalog.<>) held.worked) IS TRUE
