-- In a catalog of the Hive connector. Run the statements call system.sync_partition_metadata after each export.
create table if not exists ssm_association (
  "association_id" varchar,
  "association_name" varchar,
  "name" varchar,
  "instance_id" varchar,
  "akas" varchar,
  "alarm_configuration" varchar,
  "apply_only_at_cron_interval" boolean,
  "arn" varchar,
  "association_dispatch_assume_role" varchar,
  "association_status_aggregated_count" varchar,
  "association_version" varchar,
  "automation_target_parameter_name" varchar,
  "calendar_names" varchar,
  "compliance_severity" varchar,
  "date" timestamp,
  "document_version" varchar,
  "duration" bigint,
  "last_execution_date" timestamp,
  "last_successful_execution_date" timestamp,
  "last_update_association_date" timestamp,
  "max_concurrency" varchar,
  "max_errors" varchar,
  "output_s3_bucket_name" varchar,
  "output_s3_key_prefix" varchar,
  "output_s3_region" varchar,
  "overview_detailed_status" varchar,
  "overview_status" varchar,
  "parameters" varchar,
  "schedule_expression" varchar,
  "schedule_offset" bigint,
  "status" varchar,
  "sync_compliance" varchar,
  "tags" varchar,
  "tags_src" varchar,
  "target_locations" varchar,
  "target_maps" varchar,
  "targets" varchar,
  "triggered_alarms" varchar,
  "title" varchar,
  "partition" varchar,
  account_id varchar,
  region varchar,
  dt date
)
with (
  format = 'PARQUET',
  external_location = 's3://bucket/ssm/ssm_association/',
  partitioned_by = array['account_id', 'region', 'dt']
);
call system.sync_partition_metadata(current_schema, 'ssm_association', 'FULL');
create table if not exists ssm_association_execution (
  "association_id" varchar,
  "execution_id" varchar,
  "status" varchar,
  "created_time" timestamp,
  "alarm_configuration" varchar,
  "association_version" varchar,
  "detailed_status" varchar,
  "last_execution_date" timestamp,
  "resource_count_by_status" varchar,
  "triggered_alarms" varchar,
  "title" varchar,
  "partition" varchar,
  account_id varchar,
  region varchar,
  dt date
)
with (
  format = 'PARQUET',
  external_location = 's3://bucket/ssm/ssm_association_execution/',
  partitioned_by = array['account_id', 'region', 'dt']
);
call system.sync_partition_metadata(current_schema, 'ssm_association_execution', 'FULL');
create table if not exists ssm_association_execution_target (
  "association_id" varchar,
  "execution_id" varchar,
  "status" varchar,
  "resource_id" varchar,
  "resource_type" varchar,
  "association_version" varchar,
  "detailed_status" varchar,
  "last_execution_date" timestamp,
  "output_source_id" varchar,
  "output_source_type" varchar,
  "title" varchar,
  "partition" varchar,
  account_id varchar,
  region varchar,
  dt date
)
with (
  format = 'PARQUET',
  external_location = 's3://bucket/ssm/ssm_association_execution_target/',
  partitioned_by = array['account_id', 'region', 'dt']
);
call system.sync_partition_metadata(current_schema, 'ssm_association_execution_target', 'FULL');
create table if not exists ssm_association_version (
  "association_id" varchar,
  "apply_only_at_cron_interval" boolean,
  "association_dispatch_assume_role" varchar,
  "association_name" varchar,
  "association_version" varchar,
  "calendar_names" varchar,
  "compliance_severity" varchar,
  "created_date" timestamp,
  "document_version" varchar,
  "duration" bigint,
  "max_concurrency" varchar,
  "max_errors" varchar,
  "name" varchar,
  "output_s3_bucket_name" varchar,
  "output_s3_key_prefix" varchar,
  "output_s3_region" varchar,
  "parameters" varchar,
  "schedule_expression" varchar,
  "schedule_offset" bigint,
  "sync_compliance" varchar,
  "target_locations" varchar,
  "target_maps" varchar,
  "targets" varchar,
  "title" varchar,
  "partition" varchar,
  account_id varchar,
  region varchar,
  dt date
)
with (
  format = 'PARQUET',
  external_location = 's3://bucket/ssm/ssm_association_version/',
  partitioned_by = array['account_id', 'region', 'dt']
);
call system.sync_partition_metadata(current_schema, 'ssm_association_version', 'FULL');
create table if not exists ssm_automation_execution (
  "automation_execution_id" varchar,
  "execution_status" varchar,
  "document_name_prefix" varchar,
  "start_time" timestamp,
  "alarm_configuration" varchar,
  "association_id" varchar,
  "automation_subtype" varchar,
  "automation_type" varchar,
  "change_request_name" varchar,
  "current_action" varchar,
  "current_step_name" varchar,
  "document_name" varchar,
  "document_version" varchar,
  "executed_by" varchar,
  "execution_end_time" timestamp,
  "failed_step_action" varchar,
  "failed_step_message" varchar,
  "failed_step_name" varchar,
  "failure_message" varchar,
  "log_file" varchar,
  "max_concurrency" varchar,
  "max_errors" varchar,
  "mode" varchar,
  "ops_item_id" varchar,
  "outputs" varchar,
  "parent_automation_execution_id" varchar,
  "resolved_targets" varchar,
  "runbooks" varchar,
  "scheduled_time" timestamp,
  "target" varchar,
  "target_locations_url" varchar,
  "target_maps" varchar,
  "target_parameter_name" varchar,
  "targets" varchar,
  "triggered_alarms" varchar,
  "warning_message" varchar,
  "title" varchar,
  "partition" varchar,
  account_id varchar,
  region varchar,
  dt date
)
with (
  format = 'PARQUET',
  external_location = 's3://bucket/ssm/ssm_automation_execution/',
  partitioned_by = array['account_id', 'region', 'dt']
);
call system.sync_partition_metadata(current_schema, 'ssm_automation_execution', 'FULL');
create table if not exists ssm_command_invocation (
  "command_id" varchar,
  "instance_id" varchar,
  "status" varchar,
  "requested_date_time" timestamp,
  "cloud_watch_output_config" varchar,
  "command_plugins" varchar,
  "comment" varchar,
  "document_name" varchar,
  "document_version" varchar,
  "instance_name" varchar,
  "notification_config" varchar,
  "service_role" varchar,
  "standard_error_url" varchar,
  "standard_output_url" varchar,
  "status_details" varchar,
  "trace_output" varchar,
  "title" varchar,
  "partition" varchar,
  account_id varchar,
  region varchar,
  dt date
)
with (
  format = 'PARQUET',
  external_location = 's3://bucket/ssm/ssm_command_invocation/',
  partitioned_by = array['account_id', 'region', 'dt']
);
call system.sync_partition_metadata(current_schema, 'ssm_command_invocation', 'FULL');
create table if not exists ssm_compliance_item (
  "resource_id" varchar,
  "compliance_type" varchar,
  "status" varchar,
  "severity" varchar,
  "details" varchar,
  "execution_summary" varchar,
  "execution_time" timestamp,
  "id" varchar,
  "resource_type" varchar,
  "title" varchar,
  "partition" varchar,
  account_id varchar,
  region varchar,
  dt date
)
with (
  format = 'PARQUET',
  external_location = 's3://bucket/ssm/ssm_compliance_item/',
  partitioned_by = array['account_id', 'region', 'dt']
);
call system.sync_partition_metadata(current_schema, 'ssm_compliance_item', 'FULL');
create table if not exists ssm_effective_instance_association (
  "instance_id" varchar,
  "association_id" varchar,
  "association_version" varchar,
  "content" varchar,
  "title" varchar,
  "partition" varchar,
  account_id varchar,
  region varchar,
  dt date
)
with (
  format = 'PARQUET',
  external_location = 's3://bucket/ssm/ssm_effective_instance_association/',
  partitioned_by = array['account_id', 'region', 'dt']
);
call system.sync_partition_metadata(current_schema, 'ssm_effective_instance_association', 'FULL');
create table if not exists ssm_instance_association_status (
  "instance_id" varchar,
  "association_id" varchar,
  "association_name" varchar,
  "association_version" varchar,
  "detailed_status" varchar,
  "document_version" varchar,
  "error_code" varchar,
  "execution_date" timestamp,
  "execution_summary" varchar,
  "name" varchar,
  "output_s3_bucket_name" varchar,
  "output_s3_key_prefix" varchar,
  "output_s3_region" varchar,
  "output_url" varchar,
  "status" varchar,
  "title" varchar,
  "partition" varchar,
  account_id varchar,
  region varchar,
  dt date
)
with (
  format = 'PARQUET',
  external_location = 's3://bucket/ssm/ssm_instance_association_status/',
  partitioned_by = array['account_id', 'region', 'dt']
);
call system.sync_partition_metadata(current_schema, 'ssm_instance_association_status', 'FULL');
create table if not exists ssm_managed_instance (
  "instance_id" varchar,
  "ping_status" varchar,
  "platform_type" varchar,
  "resource_type" varchar,
  "association_status" varchar,
  "agent_version" varchar,
  "activation_id" varchar,
  "iam_role" varchar,
  "association_overview_detailed_status" varchar,
  "computer_name" varchar,
  "instance_association_status_aggregated_count" varchar,
  "ip_address" varchar,
  "is_latest_version" boolean,
  "last_association_execution_date" timestamp,
  "last_ping_date_time" timestamp,
  "last_successful_association_execution_date" timestamp,
  "name" varchar,
  "platform_name" varchar,
  "platform_version" varchar,
  "registration_date" timestamp,
  "source_id" varchar,
  "source_location" varchar,
  "source_type" varchar,
  "title" varchar,
  "partition" varchar,
  account_id varchar,
  region varchar,
  dt date
)
with (
  format = 'PARQUET',
  external_location = 's3://bucket/ssm/ssm_managed_instance/',
  partitioned_by = array['account_id', 'region', 'dt']
);
call system.sync_partition_metadata(current_schema, 'ssm_managed_instance', 'FULL');
create table if not exists ssm_resource_compliance_summary (
  "resource_id" varchar,
  "compliance_type" varchar,
  "status" varchar,
  "compliant_count" bigint,
  "compliant_summary" varchar,
  "execution_summary" varchar,
  "execution_time" timestamp,
  "non_compliant_count" bigint,
  "non_compliant_summary" varchar,
  "overall_severity" varchar,
  "resource_type" varchar,
  "title" varchar,
  "partition" varchar,
  account_id varchar,
  region varchar,
  dt date
)
with (
  format = 'PARQUET',
  external_location = 's3://bucket/ssm/ssm_resource_compliance_summary/',
  partitioned_by = array['account_id', 'region', 'dt']
);
call system.sync_partition_metadata(current_schema, 'ssm_resource_compliance_summary', 'FULL');

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
