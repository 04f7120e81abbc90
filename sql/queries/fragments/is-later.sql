-- Whether the completed attempt `other` came later than `works`, which failed or was skipped: the rule of domain/later.ts. The
-- columns are those of attempt-times.sql.
CASE
  WHEN other.ended OPERATOR(pg_catalog.>) coalesce(works.ended, works.began)
    OR other.began OPERATOR(pg_catalog.>) coalesce(works.ended, works.began) THEN true
  WHEN other.ended OPERATOR(pg_catalog.<) CASE WHEN works.status OPERATOR(pg_catalog.=) 'skipped' THEN works.began
    ELSE coalesce(works.ended, works.began) END THEN false
  WHEN works.id::pg_catalog.text OPERATOR(pg_catalog.=) ANY (other.repeated) THEN true
  WHEN other.id::pg_catalog.text OPERATOR(pg_catalog.=) ANY (works.repeated) THEN false
  ELSE other.id OPERATOR(pg_catalog.>) works.id END
