-- From the operations that were given up (`failed`, `skipped`): `few`, whether all of a status were read, and their source queries.
few AS MATERIALIZED (
  SELECT (SELECT pg_catalog.count(*) FROM failed) OPERATOR(pg_catalog.<=) 5000 AS failed,
    (SELECT pg_catalog.count(*) FROM skipped) OPERATOR(pg_catalog.<=) 5000 AS skipped
),
given_up AS MATERIALIZED (
  SELECT query, digest FROM failed WHERE (SELECT failed FROM few)
  UNION ALL
  SELECT query, digest FROM skipped WHERE (SELECT skipped FROM few) AND started_at IS NOT NULL
)
