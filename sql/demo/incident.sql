-- The situation of `migtop demo --incident`: 40 tables, 30 workers, about 2,100 operations, 60 execution failures of 5 kinds, 24 of
-- them repeated successfully, 3 failed validations, two stalled workers (7 and 19), one pause of a colleague (11), a worker that
-- overwrites pauses (3). Later more tables come. The demo loads it after the table and its audit, into a separate database, and calls tick() twice a second.
SELECT setseed(0.5);
create temp table t(n int, name text, total int, bs int);
insert into t select row_number() over (), name, (10000 + (hashtext(name)&2147483647) % 900000)::int, (array[500,1000,2000,5000])[1+(hashtext(name)&3)]
from unnest(array['addresses','attachments','audit_events','brackets','case_file_relationships','case_files','case_notes','cases','charges','dispatch_units','documents','hearings','officers','parties','warrants','warrant_service_attempts','court_calendar_entries','defendant_representations','evidence_items','evidence_chain_of_custody_events','bail_conditions','payments','payment_allocations','fees','fee_schedules','judges','courtrooms','dockets','docket_entries','exhibits','jurors','juror_summons','sentences','sentence_conditions','probation_visits','users','user_roles','user_role_assignments','notifications','notification_deliveries']) name;
-- discovery / planning / mapping : 40 each, done
insert into migration_control(phase,table_name,operation,status,records_processed,total_records,started_at,completed_at,worker_id,source_query)
select 'discovery',name,'table_analysis','completed',0,total, localtimestamp - interval '6 hours' + n*interval '4 s', localtimestamp - interval '6 hours' + n*interval '4 s' + interval '3 s',1+n%30,'SELECT COUNT(*) FROM legacy.'||name from t order by n;
insert into migration_control(phase,table_name,operation,status,records_processed,total_records,started_at,completed_at,worker_id,batch_size)
select 'planning',name,'migration_strategy','completed',0,total, localtimestamp - interval '5 hours 50 min' + n*interval '4 s', localtimestamp - interval '5 hours 50 min' + n*interval '4 s' + interval '3 s',1+n%30,bs from t order by n;
insert into migration_control(phase,table_name,operation,status,records_processed,total_records,started_at,completed_at,worker_id)
select 'mapping',name,'column_mapping','completed',0,total, localtimestamp - interval '5 hours 40 min' + n*interval '4 s', localtimestamp - interval '5 hours 40 min' + n*interval '4 s' + interval '3 s',1+n%30 from t order by n;
-- execution: ~45 batches per table; total adjusted to batches
create temp table b as select t.n, t.name, t.bs, 45*t.bs as total, g.b from t, generate_series(0,44) g(b);
insert into migration_control(phase,table_name,operation,status,records_processed,total_records,started_at,completed_at,batch_size,worker_id,source_query,validation_query)
select 'execution',name,'batch_migration','completed',bs,total,
 localtimestamp - interval '5 hours 20 min' + ((b*40+n)*interval '10 s'),
 localtimestamp - interval '5 hours 20 min' + ((b*40+n)*interval '10 s') + (20+(n*7+b*3)%40)*interval '1 s', bs, 1+(n+b)%30,
 'SELECT * FROM legacy.'||name||' ORDER BY id LIMIT '||bs||' OFFSET '||b*bs, 'SELECT COUNT(*) FROM '||name||' WHERE batch_id = '||b
from b order by b,n;
-- 60 failures of 5 kinds. Those that are repeated have rolled back, so that the records of both attempts are not more than the total.
create temp table f as select row_number() over (order by id desc) r, id, table_name, worker_id from (select id,table_name,worker_id from migration_control where phase='execution' and id % 23 = 5 order by id desc limit 60) q;
update migration_control m set status='failed', records_processed = case when f.r%5 in (0,2) then 0 else m.batch_size*(f.r%10)/10 end,
 error_message = case f.r%5
  when 0 then 'ERROR:  deadlock detected'||E'\nDETAIL:  Process '||(20000+f.r*37)||' waits for ShareLock on transaction '||(981233+f.r)||'; blocked by process '||(21000+f.r*13)||E'.\nHINT:  See server log for query details.'
  when 1 then 'insert or update on table "'||f.table_name||'" violates foreign key constraint "'||f.table_name||'_case_id_fkey"'||E'\nDETAIL:  Key (case_id)=('||(100000+f.r*991)||') is not present in table "cases".'
  when 2 then 'could not receive data from client: Connection reset by peer'
  when 3 then 'invalid byte sequence for encoding "UTF8": 0xe9 0x20 0x'||(60+f.r)||E'\nCONTEXT:  COPY '||f.table_name||', line '||f.r*17||', column remarks'
  else 'value too long for type character varying(64)'||E'\nCONTEXT:  column "title", row '||f.r*311 end
from f where f.id=m.id;
-- retries succeeded for kinds 0 (deadlock) and 2 (connection reset)
insert into migration_control(phase,table_name,operation,status,records_processed,total_records,started_at,completed_at,batch_size,worker_id,source_query)
select 'execution',m.table_name,'batch_migration_retry','completed',m.batch_size,m.total_records,m.completed_at+interval '5 min',m.completed_at+interval '5 min 40 s',m.batch_size,m.worker_id,m.source_query
from migration_control m join f using(id) where f.r%5 in (0,2) order by m.id;
-- validation: 40, 25 completed, 3 failed, rest pending
insert into migration_control(phase,table_name,operation,status,records_processed,total_records,started_at,completed_at,error_message,worker_id,source_query,validation_query)
select 'validation',name,'count_verification',case when n%13=0 then 'failed' when n<=28 then 'completed' else 'pending' end,
 case when n%13=0 then 45*bs - 17*n when n<=28 then 45*bs end, 45*bs,
 case when n<=28 or n%13=0 then localtimestamp - interval '20 min' + n*interval '8 s' end,
 case when n<=28 or n%13=0 then localtimestamp - interval '20 min' + n*interval '8 s' + interval '6 s' end,
 case when n%13=0 then 'count mismatch: source '||45*bs||', target '||45*bs-17*n end, case when n<=28 then 1+n%30 end,
 'SELECT COUNT(*) FROM legacy.'||name,'SELECT COUNT(*) FROM '||name from t order by n;
-- Six tables are still at work. 30 workers have the next batches of them, each as large as its worker likes; 20 batches of the table's
-- own size follow. The total of a table is the sum of all its batches.
create temp table live as
select w, name, size, sum(size) over (partition by name order by w) - size as before, sum(size) over (partition by name) as sizes
from (select w, (array['audit_events','documents','case_notes','evidence_chain_of_custody_events','notification_deliveries','docket_entries'])[1+w%6] as name, 1000+w*500 as size from generate_series(1,30) w) one;
create temp table open as select t.name, t.n, t.bs, 45*t.bs + l.sizes as begun, 65*t.bs + l.sizes as total from t join (select distinct name, sizes from live) l using (name);
-- pending
insert into migration_control(phase,table_name,operation,status,records_processed,total_records,batch_size,source_query)
select 'execution',name,'batch_migration','pending',0,total,bs,'SELECT * FROM legacy.'||name||' ORDER BY id LIMIT '||bs||' OFFSET '||begun+g*bs from open, generate_series(0,19) g order by g, n;
update migration_control m set total_records=open.total from open where m.phase='execution' and m.table_name=open.name;
-- running by 30 workers
insert into migration_control(phase,table_name,operation,status,records_processed,total_records,started_at,batch_size,worker_id,source_query)
select 'execution',name,'batch_migration','running',0,open.total,localtimestamp - w*interval '3 s',size,w,'SELECT * FROM legacy.'||name||' ORDER BY id LIMIT '||size||' OFFSET '||45*bs+before from live join open using (name) order by w;
-- two stalled: workers 7 and 19 started 25 min ago; partial progress
update migration_control set started_at=localtimestamp-interval '25 min', records_processed=batch_size*4/10 where status='running' and worker_id in (7,19);
-- a paused one by a colleague (worker 11)
update migration_control set status='paused', records_processed=batch_size/3 where status='running' and worker_id=11;
analyze migration_control;
create or replace procedure tick() language plpgsql as $$
declare
 r record;
 nid int;
 minutes float8 := extract(epoch from now() - (select psql_since from incident.began)) / 60 - 26;
 -- after the first minute the workers become slower, down to half their speed, so that there is work for half an hour
 speed float8 := greatest(0.5, least(1, 1.1 - minutes / 10));
begin
 -- more tables, three at a time, before the workers have nothing left; what operators paused counts as left
 if (select count(*) from migration_control where phase='execution' and status in ('pending','paused')) < 40 then
   insert into migration_control(phase,table_name,operation,status,records_processed,total_records,batch_size,source_query)
   select 'execution',u.name,'batch_migration','pending',0,200000,2000,'SELECT * FROM legacy.'||u.name||' ORDER BY id LIMIT 2000 OFFSET '||g*2000
   from (
     select a.name, a.n from unnest(array['archived_cases','archived_charges','archived_hearings','archived_filings','archived_warrants','archived_exhibits','archived_payments','archived_sentences','archived_jurors','archived_fees','archived_dockets','archived_notes']) with ordinality a(name, n)
     where not exists (select 1 from migration_control m where m.table_name=a.name) order by a.n limit 3
   ) u, generate_series(0,99) g order by g, u.n;
 end if;
 -- progress, honoring pauses, except stalled 7,19
 update migration_control set records_processed = least(batch_size, coalesce(records_processed,0) + (batch_size*(0.005+random()*0.03)*speed)::int) where status='running' and worker_id not in (7,19,3) and random()<0.8;
 -- rogue worker 3
 update migration_control set records_processed = least(batch_size, coalesce(records_processed,0) + 20), status='running' where id = (select id from migration_control where worker_id=3 and status in('running','paused') order by id desc limit 1);
 -- completion
 for r in select id, worker_id from migration_control where status='running' and records_processed>=batch_size loop
   update migration_control set status='completed', completed_at=localtimestamp where id=r.id;
 end loop;
 -- the stalled workers claim nothing
 for r in select w from generate_series(1,30) w where w not in (7,19) and not exists (select 1 from migration_control where worker_id=w and status in ('running','paused')) loop
   update migration_control set status='running', started_at=localtimestamp, worker_id=r.w where id=(select id from migration_control where status='pending' and phase='execution' order by operation = 'batch_migration', id limit 1);
 end loop;
end $$;

DROP TABLE open, live, f, b, t;

-- Worker 11 was paused by a colleague, who said why, 20 seconds after it had begun.
UPDATE migration_control SET started_at = localtimestamp - interval '19 min 20 s' WHERE status = 'paused' AND worker_id = 11;
SET session_replication_role = replica;
INSERT INTO migtop_audit (
  at, database_role, os_user, host, client, action, operation_id, from_status, to_status, actual_status, reason, outcome,
  action_key, table_oid, control_table)
SELECT localtimestamp - interval '19 min', 'ops2', 'ops2', 'bastion', 'migtop', 'pause', id, 'running', 'paused', 'paused',
  'replica lag', 'applied', gen_random_uuid(), 'migration_control'::regclass::oid, 'public.migration_control'
FROM migration_control WHERE status = 'paused' AND worker_id = 11;
RESET session_replication_role;

-- The demo's database has one session only. These are the sessions that a server would show: those of the workers, which name
-- themselves (3 and 19 do not; 7 waits for a lock, so that it does not notice a pause), and a psql that has held a row's lock since before worker 7 stopped.
CREATE SCHEMA incident;
CREATE TABLE incident.began AS SELECT now() - interval '26 min' AS psql_since;
CREATE FUNCTION incident.sessions() RETURNS SETOF record LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY
  SELECT 20000 + worker_id, 'worker'::name,
    'migtop run=dispatch worker=' || worker_id || ' operation=' || id || CASE WHEN status = 'paused' AND worker_id <> 7 THEN ' paused' ELSE '' END,
    '10.0.3.7'::inet, started_at::timestamptz,
    CASE WHEN worker_id = 7 THEN 'Lock' ELSE 'Client' END, CASE WHEN worker_id = 7 THEN 'transactionid' ELSE 'ClientRead' END,
    CASE WHEN worker_id = 7 THEN 'active' ELSE 'idle' END, 'INSERT INTO ' || table_name || ' SELECT * FROM legacy.x'
  FROM migration_control
  WHERE status IN ('running', 'paused') AND worker_id NOT IN (3, 19)
  UNION ALL
  SELECT 17391, 'ops2'::name, 'psql', '10.0.1.4'::inet, (SELECT psql_since FROM incident.began), 'Client', 'ClientRead',
    'idle in transaction', 'UPDATE documents SET reviewed = true WHERE id = 88123';
EXCEPTION WHEN undefined_table OR undefined_column THEN
  -- Another session has dropped the table.
END
$$;
CREATE FUNCTION incident.blockers(pid integer) RETURNS integer[] LANGUAGE plpgsql STRICT AS $$
BEGIN
  RETURN CASE pid WHEN 20007 THEN ARRAY[17391] ELSE ARRAY[]::integer[] END;
END
$$;
SET allow_system_table_mods = on;
DO $$
BEGIN
  EXECUTE 'CREATE OR REPLACE VIEW pg_catalog.pg_stat_activity AS '
    || rtrim(pg_get_viewdef('pg_catalog.pg_stat_activity'::regclass), ';')
    || ' UNION ALL SELECT d.oid, d.datname, s.pid, NULL::integer, NULL::oid, s.usename, s.application_name, s.client_addr,
         NULL::text, 5432, s.since, s.since, s.since, s.since, s.wait_event_type, s.wait_event, s.state, NULL::xid, NULL::xid,
         NULL::bigint, s.query, ''client backend''
       FROM pg_catalog.pg_database AS d, incident.sessions() AS s (
         pid integer, usename name, application_name text, client_addr inet, since timestamptz, wait_event_type text,
         wait_event text, state text, query text)
       WHERE d.datname = pg_catalog.current_database()';
END
$$;
CREATE OR REPLACE FUNCTION pg_catalog.pg_blocking_pids(integer) RETURNS integer[] LANGUAGE sql VOLATILE STRICT
AS 'SELECT incident.blockers($1)';
RESET allow_system_table_mods;
