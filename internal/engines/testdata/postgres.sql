-- PostgreSQL reads CSV: export with --format csv to a folder that the server sees, and call
-- ssmassoc_load for each file. It needs the role pg_read_server_files, and PostgreSQL 15.
create or replace procedure ssmassoc_load(
  into_table text, file text, account text, snapshot_region text, snapshot date
)
language plpgsql as $$
declare
  in_file text := (
    select string_agg(quote_ident(attname), ', ' order by attnum)
    from pg_attribute
    where attrelid = into_table::regclass and attnum > 0 and not attisdropped
      and attname not in ('account_id', 'region', 'dt'));
begin
  execute format('delete from %I where account_id = $1 and region = $2 and dt = $3', into_table)
    using account, snapshot_region, snapshot;
  execute format('create temporary table ssmassoc_file as select %s from %I with no data', in_file, into_table);
  execute format('copy ssmassoc_file from %L with (format csv, header match)', file);
  execute format('insert into %I (%s, account_id, region, dt) select %s, $1, $2, $3 from ssmassoc_file',
    into_table, in_file, in_file)
    using account, snapshot_region, snapshot;
  drop table ssmassoc_file;
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
  "document_name_prefix" text,
  "start_time" timestamptz,
  "alarm_configuration" jsonb,
  "association_id" text,
  "automation_subtype" text,
  "automation_type" text,
  "change_request_name" text,
  "current_action" text,
  "current_step_name" text,
  "document_name" text,
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
call ssmassoc_load('ssm_managed_instance', '/data/ssm_managed_instance/account_id=1/region=us-east-1/dt=2026-03-01/part-0.csv', '1', 'us-east-1', '2026-03-01');

-- The rows of the newest snapshot of each account's region.
create or replace view ssm_status_latest as
select s.*
from ssm_instance_association_status s
join (
  select account_id, region, max(dt) as dt
  from ssm_instance_association_status
  group by account_id, region
) l on s.account_id = l.account_id and s.region = l.region and s.dt = l.dt;

-- What fails by the newest snapshot.
create or replace view ssm_failing_now as
select account_id, region, instance_id, association_id, association_name, name,
  status, detailed_status, error_code, execution_date, execution_summary, output_url, dt
from ssm_status_latest
where status in ('Failed', 'TimedOut');

-- Each time that an association failed on a node, from the snapshot that first
-- showed it to the one that showed an end, which is null where there is none.
create or replace view ssm_outages as
with marked as (
  select account_id, region, instance_id, association_id, dt,
    case when status in ('Failed', 'TimedOut') then 1 else 0 end as failing
  from ssm_instance_association_status
),
compared as (
  select account_id, region, instance_id, association_id, dt, failing,
    lag(failing, 1, 0) over (
      partition by account_id, region, instance_id, association_id order by dt
    ) as failing_before
  from marked
),
numbered as (
  select account_id, region, instance_id, association_id, dt, failing,
    sum(case when failing = 1 and failing_before = 0 then 1 else 0 end) over (
      partition by account_id, region, instance_id, association_id order by dt
    ) as outage
  from compared
)
select account_id, region, instance_id, association_id,
  min(dt) as failing_since,
  max(case when failing = 1 then dt end) as last_seen_failing,
  min(case when failing = 0 then dt end) as recovered,
  sum(failing) as snapshots
from numbered
where outage > 0
group by account_id, region, instance_id, association_id, outage;

-- What fails now, and since which snapshot without a break.
create or replace view ssm_failing_since as
select f.account_id, f.region, f.instance_id, f.association_id, f.association_name, f.name,
  f.status, f.error_code, f.dt, max(o.failing_since) as failing_since
from ssm_failing_now f
join ssm_outages o
  on o.account_id = f.account_id and o.region = f.region
  and o.instance_id = f.instance_id and o.association_id = f.association_id
group by f.account_id, f.region, f.instance_id, f.association_id, f.association_name, f.name,
  f.status, f.error_code, f.dt;

-- What differs between the newest two snapshots of each account's region: rows that
-- appeared or are gone, and rows of another status.
create or replace view ssm_changed_since_yesterday as
with days as (
  select distinct account_id, region, dt
  from ssm_instance_association_status
),
newest as (
  select account_id, region, max(dt) as dt
  from days
  group by account_id, region
),
pairs as (
  select n.account_id, n.region, n.dt, max(d.dt) as dt_before
  from newest n
  join days d on d.account_id = n.account_id and d.region = n.region and d.dt < n.dt
  group by n.account_id, n.region, n.dt
),
after as (
  select s.account_id, s.region, s.instance_id, s.association_id, s.status, p.dt, p.dt_before
  from ssm_instance_association_status s
  join pairs p on p.account_id = s.account_id and p.region = s.region and p.dt = s.dt
),
earlier as (
  select s.account_id, s.region, s.instance_id, s.association_id, s.status, p.dt, p.dt_before
  from ssm_instance_association_status s
  join pairs p on p.account_id = s.account_id and p.region = s.region and p.dt_before = s.dt
)
select coalesce(a.account_id, e.account_id) as account_id, coalesce(a.region, e.region) as region,
  coalesce(a.instance_id, e.instance_id) as instance_id,
  coalesce(a.association_id, e.association_id) as association_id,
  case when e.instance_id is null then 'appeared' when a.instance_id is null then 'gone' else 'changed' end as what,
  e.status as status_before, a.status as status,
  coalesce(a.dt_before, e.dt_before) as dt_before, coalesce(a.dt, e.dt) as dt
from after a
full outer join earlier e
  on e.account_id = a.account_id and e.region = a.region
  and e.instance_id = a.instance_id and e.association_id = a.association_id
where a.instance_id is null or e.instance_id is null
  or coalesce(a.status, '') <> coalesce(e.status, '');

-- How each fleet does from snapshot to snapshot.
create or replace view ssm_fleet_history as
select dt, account_id, region,
  count(distinct instance_id) as nodes,
  count(*) as results,
  sum(case when status in ('Failed', 'TimedOut') then 1 else 0 end) as failing,
  100.0 * sum(case when status in ('Failed', 'TimedOut') then 1 else 0 end) / count(*) as failing_percent
from ssm_instance_association_status
group by dt, account_id, region;

-- Associations that apply to a node and have never run there, by the newest snapshot.
create or replace view ssm_drift as
select e.account_id, e.region, e.instance_id, e.association_id, e.dt
from ssm_effective_instance_association e
join (
  select account_id, region, max(dt) as dt
  from ssm_effective_instance_association
  group by account_id, region
) l on e.account_id = l.account_id and e.region = l.region and e.dt = l.dt
left join ssm_instance_association_status s
  on s.account_id = e.account_id and s.region = e.region and s.dt = e.dt
  and s.instance_id = e.instance_id and s.association_id = e.association_id
where s.instance_id is null;
