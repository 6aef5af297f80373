-- PostgreSQL reads CSV: export with --format csv to a folder that the server sees, and call
-- ssmassoc_load for each file. It needs the role pg_read_server_files, and PostgreSQL 15.
drop procedure if exists ssmassoc_load(text, text, text, text, date);
create or replace procedure ssmassoc_load(
  into_table text, file text, account text, snapshot_region text, snapshot date,
  in_run text default null, at_time timestamptz default null
)
language plpgsql as $$
declare
  in_file text := (
    select string_agg(quote_ident(attname), ', ' order by attnum)
    from pg_attribute
    where attrelid = into_table::regclass and attnum > 0 and not attisdropped
      and attname not in ('account_id', 'region', 'dt'));
  loaded bigint;
begin
  execute format('delete from %I where account_id = $1 and region = $2 and dt = $3', into_table)
    using account, snapshot_region, snapshot;
  execute format('create temporary table ssmassoc_file as select %s from %I with no data', in_file, into_table);
  execute format('copy ssmassoc_file from %L with (format csv, header match)', file);
  execute format('insert into %I (%s, account_id, region, dt) select %s, $1, $2, $3 from ssmassoc_file',
    into_table, in_file, in_file)
    using account, snapshot_region, snapshot;
  get diagnostics loaded = row_count;
  drop table ssmassoc_file;
  delete from ssm_snapshot s
  where s.table_name = into_table and s.account_id = account and s.region = snapshot_region and s.dt = snapshot;
  insert into ssm_snapshot (table_name, account_id, region, row_count, exported_at, run, dt)
  values (into_table, account, snapshot_region, loaded, at_time, in_run, snapshot);
end
$$;
create table if not exists ssm_association (
  "association_id" text,
  "association_name" text,
  "name" text,
  "instance_id" text,
  "akas" jsonb,
  "alarm_configuration" jsonb,
  "apply_only_at_cron_interval" boolean,
  "arn" text,
  "association_dispatch_assume_role" text,
  "association_status_aggregated_count" jsonb,
  "association_version" text,
  "automation_target_parameter_name" text,
  "calendar_names" jsonb,
  "compliance_severity" text,
  "date" timestamptz,
  "document_version" text,
  "duration" bigint,
  "last_execution_date" timestamptz,
  "last_successful_execution_date" timestamptz,
  "last_update_association_date" timestamptz,
  "max_concurrency" text,
  "max_errors" text,
  "output_s3_bucket_name" text,
  "output_s3_key_prefix" text,
  "output_s3_region" text,
  "overview_detailed_status" text,
  "overview_status" text,
  "parameters" jsonb,
  "schedule_expression" text,
  "schedule_offset" bigint,
  "status" jsonb,
  "sync_compliance" text,
  "tags" jsonb,
  "tags_src" jsonb,
  "target_locations" jsonb,
  "target_maps" jsonb,
  "targets" jsonb,
  "triggered_alarms" jsonb,
  "title" text,
  "partition" text,
  account_id text,
  region text,
  dt date
);
create index if not exists ssm_association_snapshot on ssm_association (dt, account_id, region);
create table if not exists ssm_association_execution (
  "association_id" text,
  "execution_id" text,
  "status" text,
  "created_time" timestamptz,
  "alarm_configuration" jsonb,
  "association_version" text,
  "detailed_status" text,
  "last_execution_date" timestamptz,
  "resource_count_by_status" jsonb,
  "triggered_alarms" jsonb,
  "title" text,
  "partition" text,
  account_id text,
  region text,
  dt date
);
create index if not exists ssm_association_execution_snapshot on ssm_association_execution (dt, account_id, region);
create table if not exists ssm_association_execution_target (
  "association_id" text,
  "execution_id" text,
  "status" text,
  "resource_id" text,
  "resource_type" text,
  "association_version" text,
  "detailed_status" text,
  "last_execution_date" timestamptz,
  "output_source_id" text,
  "output_source_type" text,
  "title" text,
  "partition" text,
  account_id text,
  region text,
  dt date
);
create index if not exists ssm_association_execution_target_snapshot on ssm_association_execution_target (dt, account_id, region);
create table if not exists ssm_association_version (
  "association_id" text,
  "apply_only_at_cron_interval" boolean,
  "association_dispatch_assume_role" text,
  "association_name" text,
  "association_version" text,
  "calendar_names" jsonb,
  "compliance_severity" text,
  "created_date" timestamptz,
  "document_version" text,
  "duration" bigint,
  "max_concurrency" text,
  "max_errors" text,
  "name" text,
  "output_s3_bucket_name" text,
  "output_s3_key_prefix" text,
  "output_s3_region" text,
  "parameters" jsonb,
  "schedule_expression" text,
  "schedule_offset" bigint,
  "sync_compliance" text,
  "target_locations" jsonb,
  "target_maps" jsonb,
  "targets" jsonb,
  "title" text,
  "partition" text,
  account_id text,
  region text,
  dt date
);
create index if not exists ssm_association_version_snapshot on ssm_association_version (dt, account_id, region);
create table if not exists ssm_automation_execution (
  "automation_execution_id" text,
  "execution_status" text,
  "document_name" text,
  "start_time" timestamptz,
  "alarm_configuration" jsonb,
  "association_id" text,
  "automation_subtype" text,
  "automation_type" text,
  "change_request_name" text,
  "current_action" text,
  "current_step_name" text,
  "document_version" text,
  "executed_by" text,
  "execution_end_time" timestamptz,
  "failed_step_action" text,
  "failed_step_message" text,
  "failed_step_name" text,
  "failure_message" text,
  "log_file" text,
  "max_concurrency" text,
  "max_errors" text,
  "mode" text,
  "ops_item_id" text,
  "outputs" jsonb,
  "parent_automation_execution_id" text,
  "resolved_targets" jsonb,
  "runbooks" jsonb,
  "scheduled_time" timestamptz,
  "target" text,
  "target_locations_url" text,
  "target_maps" jsonb,
  "target_parameter_name" text,
  "targets" jsonb,
  "triggered_alarms" jsonb,
  "warning_message" text,
  "title" text,
  "partition" text,
  account_id text,
  region text,
  dt date
);
create index if not exists ssm_automation_execution_snapshot on ssm_automation_execution (dt, account_id, region);
create table if not exists ssm_command_invocation (
  "command_id" text,
  "instance_id" text,
  "status" text,
  "requested_date_time" timestamptz,
  "cloud_watch_output_config" jsonb,
  "command_plugins" jsonb,
  "comment" text,
  "document_name" text,
  "document_version" text,
  "instance_name" text,
  "notification_config" jsonb,
  "service_role" text,
  "standard_error_url" text,
  "standard_output_url" text,
  "status_details" text,
  "trace_output" text,
  "title" text,
  "partition" text,
  account_id text,
  region text,
  dt date
);
create index if not exists ssm_command_invocation_snapshot on ssm_command_invocation (dt, account_id, region);
create table if not exists ssm_compliance_item (
  "resource_id" text,
  "compliance_type" text,
  "status" text,
  "severity" text,
  "details" jsonb,
  "execution_summary" jsonb,
  "execution_time" timestamptz,
  "id" text,
  "resource_type" text,
  "title" text,
  "partition" text,
  account_id text,
  region text,
  dt date
);
create index if not exists ssm_compliance_item_snapshot on ssm_compliance_item (dt, account_id, region);
create table if not exists ssm_effective_instance_association (
  "instance_id" text,
  "association_id" text,
  "association_version" text,
  "content" text,
  "title" text,
  "partition" text,
  account_id text,
  region text,
  dt date
);
create index if not exists ssm_effective_instance_association_snapshot on ssm_effective_instance_association (dt, account_id, region);
create table if not exists ssm_instance_association_status (
  "instance_id" text,
  "association_id" text,
  "association_name" text,
  "association_version" text,
  "detailed_status" text,
  "document_version" text,
  "error_code" text,
  "execution_date" timestamptz,
  "execution_summary" text,
  "name" text,
  "output_s3_bucket_name" text,
  "output_s3_key_prefix" text,
  "output_s3_region" text,
  "output_url" text,
  "status" text,
  "title" text,
  "partition" text,
  account_id text,
  region text,
  dt date
);
create index if not exists ssm_instance_association_status_snapshot on ssm_instance_association_status (dt, account_id, region);
create table if not exists ssm_managed_instance (
  "instance_id" text,
  "ping_status" text,
  "platform_type" text,
  "resource_type" text,
  "association_status" text,
  "agent_version" text,
  "activation_id" text,
  "iam_role" text,
  "association_overview_detailed_status" text,
  "computer_name" text,
  "instance_association_status_aggregated_count" jsonb,
  "ip_address" text,
  "is_latest_version" boolean,
  "last_association_execution_date" timestamptz,
  "last_ping_date_time" timestamptz,
  "last_successful_association_execution_date" timestamptz,
  "name" text,
  "platform_name" text,
  "platform_version" text,
  "registration_date" timestamptz,
  "source_id" text,
  "source_location" text,
  "source_type" text,
  "title" text,
  "partition" text,
  account_id text,
  region text,
  dt date
);
create index if not exists ssm_managed_instance_snapshot on ssm_managed_instance (dt, account_id, region);
create table if not exists ssm_resource_compliance_summary (
  "resource_id" text,
  "compliance_type" text,
  "status" text,
  "compliant_count" bigint,
  "compliant_summary" jsonb,
  "execution_summary" jsonb,
  "execution_time" timestamptz,
  "non_compliant_count" bigint,
  "non_compliant_summary" jsonb,
  "overall_severity" text,
  "resource_type" text,
  "title" text,
  "partition" text,
  account_id text,
  region text,
  dt date
);
create index if not exists ssm_resource_compliance_summary_snapshot on ssm_resource_compliance_summary (dt, account_id, region);
create table if not exists ssm_snapshot (
  "table_name" text,
  "account_id" text,
  "region" text,
  "row_count" bigint,
  "exported_at" timestamptz,
  "run" text,
  dt date
);
create index if not exists ssm_snapshot_snapshot on ssm_snapshot (dt, account_id, region);
call ssmassoc_load('ssm_managed_instance', '/data/ssm_managed_instance/account_id=1/region=us-east-1/dt=2026-03-01/part-0.csv', '1', 'us-east-1', '2026-03-01', '20260301T020000.000Z-00000000', '2026-03-01T02:00:09Z');

-- The snapshots of associations' results: each day on which an account's region was
-- exported, whether or not it had rows. Files of versions without ssm_snapshot count by
-- their rows; run and exported_at are null for them.
create or replace view ssm_status_snapshot as
select account_id, region, dt, max(run) as run, max(exported_at) as exported_at
from (
  select account_id, region, dt, run, exported_at
  from ssm_snapshot
  where table_name = 'ssm_instance_association_status'
  union all
  select account_id, region, dt, null as run, null as exported_at
  from ssm_instance_association_status
) days
group by account_id, region, dt;

-- One row for each association on each node and day. result_key identifies the
-- association on the node: by its ID or, where AWS gives none, by its names. If AWS lists
-- an association twice, it fails if one of the results does.
create or replace view ssm_status_daily as
select account_id, region, instance_id, association_id, result_key, dt, max(failing) as failing
from (
  select account_id, region, instance_id, association_id, concat(coalesce(instance_id, ''), ' ', coalesce(association_id, concat(coalesce(association_name, ''), ' ', coalesce(name, '')))) as result_key, dt,
    case when status in ('Failed', 'TimedOut', 'DeliveryTimedOut', 'ExecutionTimedOut', 'Undeliverable', 'Cancelled', 'Terminated') then 1 else 0 end as failing
  from ssm_instance_association_status
) keyed
group by account_id, region, instance_id, association_id, result_key, dt;

-- The rows of the newest snapshot of each account's region.
create or replace view ssm_status_latest as
select s.*
from ssm_instance_association_status s
join (
  select account_id, region, max(dt) as dt
  from ssm_status_snapshot
  group by account_id, region
) l on s.account_id = l.account_id and s.region = l.region and s.dt = l.dt;

-- What fails by the newest snapshot.
create or replace view ssm_failing_now as
select account_id, region, instance_id, association_id, association_name, name,
  status, detailed_status, error_code, execution_date, execution_summary, output_url, dt
from ssm_status_latest
where status in ('Failed', 'TimedOut', 'DeliveryTimedOut', 'ExecutionTimedOut', 'Undeliverable', 'Cancelled', 'Terminated');

-- Each time that an association failed on a node, from the snapshot that first
-- showed it to the one that showed an end, which is null where there is none.
create or replace view ssm_outages as
with compared as (
  select account_id, region, instance_id, association_id, result_key, dt, failing,
    lag(failing, 1, 0) over (partition by account_id, region, result_key order by dt) as failing_before
  from ssm_status_daily
),
numbered as (
  select account_id, region, instance_id, association_id, result_key, dt, failing,
    sum(case when failing = 1 and failing_before = 0 then 1 else 0 end) over (
      partition by account_id, region, result_key order by dt
    ) as outage
  from compared
)
select account_id, region, instance_id, association_id,
  min(dt) as failing_since,
  max(case when failing = 1 then dt end) as last_seen_failing,
  min(case when failing = 0 then dt end) as recovered,
  sum(failing) as snapshots,
  result_key
from numbered
where outage > 0
group by account_id, region, instance_id, association_id, result_key, outage;

-- What fails now, and since which snapshot without a break.
create or replace view ssm_failing_since as
select f.account_id, f.region, f.instance_id, f.association_id, f.association_name, f.name,
  f.status, f.error_code, f.dt, max(o.failing_since) as failing_since
from (
  select account_id, region, instance_id, association_id, association_name, name, status, error_code, dt,
    concat(coalesce(instance_id, ''), ' ', coalesce(association_id, concat(coalesce(association_name, ''), ' ', coalesce(name, '')))) as result_key
  from ssm_failing_now
) f
join ssm_outages o
  on o.account_id = f.account_id and o.region = f.region and o.result_key = f.result_key
group by f.account_id, f.region, f.instance_id, f.association_id, f.association_name, f.name,
  f.status, f.error_code, f.dt;

-- What differs between the newest two snapshots of each account's region: rows that
-- appeared or are gone, and rows of another status.
create or replace view ssm_changed_since_yesterday as
with newest as (
  select account_id, region, max(dt) as dt
  from ssm_status_snapshot
  group by account_id, region
),
pairs as (
  select n.account_id, n.region, n.dt, max(d.dt) as dt_before
  from newest n
  join ssm_status_snapshot d on d.account_id = n.account_id and d.region = n.region and d.dt < n.dt
  group by n.account_id, n.region, n.dt
),
results as (
  select account_id, region, instance_id, association_id, concat(coalesce(instance_id, ''), ' ', coalesce(association_id, concat(coalesce(association_name, ''), ' ', coalesce(name, '')))) as result_key, dt, status,
    case when status in ('Failed', 'TimedOut', 'DeliveryTimedOut', 'ExecutionTimedOut', 'Undeliverable', 'Cancelled', 'Terminated') then status end as failure
  from ssm_instance_association_status
),
compared as (
  select p.account_id, p.region, s.instance_id, s.association_id, s.result_key, p.dt_before, p.dt,
    max(case when s.dt = p.dt_before then 1 else 0 end) as was_there,
    max(case when s.dt = p.dt then 1 else 0 end) as is_there,
    coalesce(max(case when s.dt = p.dt_before then s.failure end),
      max(case when s.dt = p.dt_before then s.status end)) as status_before,
    coalesce(max(case when s.dt = p.dt then s.failure end), max(case when s.dt = p.dt then s.status end)) as status
  from pairs p
  join results s on s.account_id = p.account_id and s.region = p.region and s.dt in (p.dt, p.dt_before)
  group by p.account_id, p.region, s.instance_id, s.association_id, s.result_key, p.dt_before, p.dt
)
select account_id, region, instance_id, association_id,
  case when was_there = 0 then 'appeared' when is_there = 0 then 'gone' else 'changed' end as what,
  status_before, status, dt_before, dt
from compared
where was_there = 0 or is_there = 0 or coalesce(status, '') <> coalesce(status_before, '');

-- How each fleet does from snapshot to snapshot. Where a day's regions differ in
-- exported_at by much, they are of different exports.
create or replace view ssm_fleet_history as
select d.dt, d.account_id, d.region,
  count(distinct s.instance_id) as nodes,
  count(s.dt) as results,
  sum(coalesce(s.failing, 0)) as failing,
  100.0 * sum(coalesce(s.failing, 0)) / nullif(count(s.dt), 0) as failing_percent,
  d.exported_at
from ssm_status_snapshot d
left join ssm_status_daily s on s.account_id = d.account_id and s.region = d.region and s.dt = d.dt
group by d.dt, d.account_id, d.region, d.exported_at;

-- Associations that apply to a node and have never run there, by the newest day of which
-- one export wrote both tables or, without such a day, the newest day with both. Of an
-- association without an ID, only that one of the node has none can be compared.
create or replace view ssm_drift as
with effective as (
  select account_id, region, dt, max(run) as run
  from (
    select account_id, region, dt, run
    from ssm_snapshot
    where table_name = 'ssm_effective_instance_association'
    union all
    select account_id, region, dt, null as run
    from ssm_effective_instance_association
  ) days
  group by account_id, region, dt
),
newest as (
  select e.account_id, e.region,
    coalesce(max(case when e.run = s.run or e.run is null or s.run is null then e.dt end), max(e.dt)) as dt
  from effective e
  join ssm_status_snapshot s on s.account_id = e.account_id and s.region = e.region and s.dt = e.dt
  group by e.account_id, e.region
)
select distinct e.account_id, e.region, e.instance_id, e.association_id, e.dt
from ssm_effective_instance_association e
join newest l on e.account_id = l.account_id and e.region = l.region and e.dt = l.dt
left join ssm_instance_association_status s
  on s.account_id = e.account_id and s.region = e.region and s.dt = e.dt
  and s.instance_id = e.instance_id
  and coalesce(s.association_id, '') = coalesce(e.association_id, '')
where s.dt is null;
