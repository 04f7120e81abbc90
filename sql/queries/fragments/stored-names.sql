-- Names as they may be stored: $1 as they are, $2 as bytes, which another encoding than SQL_ASCII may not have.
$1::pg_catalog.text[] OPERATOR(pg_catalog.||) CASE WHEN pg_catalog.getdatabaseencoding() OPERATOR(pg_catalog.=) 'SQL_ASCII'
  THEN ARRAY(SELECT pg_catalog.convert_from(pg_catalog.decode(hex, 'hex'), 'SQL_ASCII')
    FROM pg_catalog.unnest($2::pg_catalog.text[]) AS hex)
  ELSE '{}' END
