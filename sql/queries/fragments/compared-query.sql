-- A source query as it is compared with those of other rows (source/domain/work-key.ts). A long one is shortened in the middle: its end says
-- which records it reads, and a digest tells it from others.
CASE WHEN pg_catalog.octet_length(source_query) OPERATOR(pg_catalog.>) 2000
  THEN pg_catalog.concat(pg_catalog.left(source_query, 400), ' md5_', pg_catalog.md5(source_query), ' ',
    pg_catalog.right(source_query, 300))
  ELSE source_query END
