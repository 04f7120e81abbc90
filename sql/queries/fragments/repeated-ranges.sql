-- From the operations that were given up (`failed`, `skipped`): `few`, whether all of a status were read; `repeated`, the source
-- queries with a range, as in an attempt at the same work (source/polling/attempts.ts).
few AS MATERIALIZED (
  SELECT (SELECT pg_catalog.count(*) FROM failed) OPERATOR(pg_catalog.<=) 5000 AS failed,
    (SELECT pg_catalog.count(*) FROM skipped) OPERATOR(pg_catalog.<=) 5000 AS skipped
),
given_up AS MATERIALIZED (
  SELECT query FROM failed WHERE (SELECT failed FROM few)
  UNION ALL
  SELECT query FROM skipped WHERE (SELECT skipped FROM few) AND started_at IS NOT NULL
),
repeated AS MATERIALIZED (
  SELECT query
  FROM given_up
  WHERE (query OPERATOR(pg_catalog.~*) '\s(limit|offset)\s+[0-9]'
      OR query OPERATOR(pg_catalog.~*) '[[:alnum:]_."]\s*(<=|>=|<|>|between)\s*[0-9''-]')
    AND pg_catalog.regexp_replace(query, '''([^'']|'''')*''|"([^"]|"")*"', '""', 'g')
      OPERATOR(pg_catalog.!~*) '[$][0-9]|(^|[^:[:alnum:]_]):[a-z_]|[<>=,( ][?]|%s|%[(]|@[a-z_]|[{][[:alnum:]_]*[}]'
)
