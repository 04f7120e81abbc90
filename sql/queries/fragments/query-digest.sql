-- A digest of a source query: rows with one digest may be attempts of one work.
pg_catalog.hashtext(CASE WHEN pg_catalog.octet_length(source_query) OPERATOR(pg_catalog.>) 2000 THEN pg_catalog.md5(source_query)
  ELSE source_query END)
