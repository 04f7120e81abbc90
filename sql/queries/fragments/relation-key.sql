-- The oid of a relation; of a view also its rule: CREATE OR REPLACE gives a view of other rows the same oid.
pg_catalog.concat(relation.oid, '/' OPERATOR(pg_catalog.||) pg_catalog.md5((SELECT ev_action::pg_catalog.text
  FROM pg_catalog.pg_rewrite
  WHERE ev_class OPERATOR(pg_catalog.=) relation.oid AND rulename OPERATOR(pg_catalog.=) '_RETURN')))
