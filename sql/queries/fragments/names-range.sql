-- Whether a source query names the range that it reads, as in an attempt at the same work (source/polling/attempts.ts).
(query OPERATOR(pg_catalog.~*) '[[:space:]](limit|offset)[[:space:]]+[0-9]'
    OR query OPERATOR(pg_catalog.~*) '[[:alnum:]_."][[:space:]]*(<=|>=|<|>|between)[[:space:]]*[0-9''-]')
  AND pg_catalog.regexp_replace(query, '''([^'']|'''')*''|"([^"]|"")*"', '""', 'g')
    OPERATOR(pg_catalog.!~*) '[$][0-9]|(^|[^:[:alnum:]_]):[a-z_]|[<>=,( ][?]|%s|%[(]|@[a-z_]|[{][[:alnum:]_]*[}]'
