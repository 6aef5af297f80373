-- Athena takes one statement at a time.
-- Run the statements msck repair table after each export. With --account and --region, the
-- accounts and regions that are exported, partitions need no registration.
create external table if not exists ssm_association (
  `association_id` string,
  `association_name` string,
  `name` string,
  `instance_id` string,
  `akas` string,
  `alarm_configuration` string,
  `apply_only_at_cron_interval` boolean,
  `arn` string,
  `association_dispatch_assume_role` string,
  `association_status_aggregated_count` string,
  `association_version` string,
  `automation_target_parameter_name` string,
  `calendar_names` string,
  `compliance_severity` string,
  `date` timestamp,
  `document_version` string,
  `duration` bigint,
  `last_execution_date` timestamp,
  `last_successful_execution_date` timestamp,
  `last_update_association_date` timestamp,
  `max_concurrency` string,
  `max_errors` string,
  `output_s3_bucket_name` string,
  `output_s3_key_prefix` string,
  `output_s3_region` string,
  `overview_detailed_status` string,
  `overview_status` string,
  `parameters` string,
  `schedule_expression` string,
  `schedule_offset` bigint,
  `status` string,
  `sync_compliance` string,
  `tags` string,
  `tags_src` string,
  `target_locations` string,
  `target_maps` string,
  `targets` string,
  `triggered_alarms` string,
  `title` string,
  `partition` string
)
partitioned by (account_id string, region string, dt date)
stored as parquet
location 's3://bucket/ssm/ssm_association/';
msck repair table ssm_association;
create external table if not exists ssm_association_execution (
  `association_id` string,
  `execution_id` string,
  `status` string,
  `created_time` timestamp,
  `alarm_configuration` string,
  `association_version` string,
  `detailed_status` string,
  `last_execution_date` timestamp,
  `resource_count_by_status` string,
  `triggered_alarms` string,
  `title` string,
  `partition` string
)
partitioned by (account_id string, region string, dt date)
stored as parquet
location 's3://bucket/ssm/ssm_association_execution/';
msck repair table ssm_association_execution;
create external table if not exists ssm_association_execution_target (
  `association_id` string,
  `execution_id` string,
  `status` string,
  `resource_id` string,
  `resource_type` string,
  `association_version` string,
  `detailed_status` string,
  `last_execution_date` timestamp,
  `output_source_id` string,
  `output_source_type` string,
  `title` string,
  `partition` string
)
partitioned by (account_id string, region string, dt date)
stored as parquet
location 's3://bucket/ssm/ssm_association_execution_target/';
msck repair table ssm_association_execution_target;
create external table if not exists ssm_association_version (
  `association_id` string,
  `apply_only_at_cron_interval` boolean,
  `association_dispatch_assume_role` string,
  `association_name` string,
  `association_version` string,
  `calendar_names` string,
  `compliance_severity` string,
  `created_date` timestamp,
  `document_version` string,
  `duration` bigint,
  `max_concurrency` string,
  `max_errors` string,
  `name` string,
  `output_s3_bucket_name` string,
  `output_s3_key_prefix` string,
  `output_s3_region` string,
  `parameters` string,
  `schedule_expression` string,
  `schedule_offset` bigint,
  `sync_compliance` string,
  `target_locations` string,
  `target_maps` string,
  `targets` string,
  `title` string,
  `partition` string
)
partitioned by (account_id string, region string, dt date)
stored as parquet
location 's3://bucket/ssm/ssm_association_version/';
msck repair table ssm_association_version;
create external table if not exists ssm_automation_execution (
  `automation_execution_id` string,
  `execution_status` string,
  `document_name_prefix` string,
  `start_time` timestamp,
  `alarm_configuration` string,
  `association_id` string,
  `automation_subtype` string,
  `automation_type` string,
  `change_request_name` string,
  `current_action` string,
  `current_step_name` string,
  `document_name` string,
  `document_version` string,
  `executed_by` string,
  `execution_end_time` timestamp,
  `failed_step_action` string,
  `failed_step_message` string,
  `failed_step_name` string,
  `failure_message` string,
  `log_file` string,
  `max_concurrency` string,
  `max_errors` string,
  `mode` string,
  `ops_item_id` string,
  `outputs` string,
  `parent_automation_execution_id` string,
  `resolved_targets` string,
  `runbooks` string,
  `scheduled_time` timestamp,
  `target` string,
  `target_locations_url` string,
  `target_maps` string,
  `target_parameter_name` string,
  `targets` string,
  `triggered_alarms` string,
  `warning_message` string,
  `title` string,
  `partition` string
)
partitioned by (account_id string, region string, dt date)
stored as parquet
location 's3://bucket/ssm/ssm_automation_execution/';
msck repair table ssm_automation_execution;
create external table if not exists ssm_command_invocation (
  `command_id` string,
  `instance_id` string,
  `status` string,
  `requested_date_time` timestamp,
  `cloud_watch_output_config` string,
  `command_plugins` string,
  `comment` string,
  `document_name` string,
  `document_version` string,
  `instance_name` string,
  `notification_config` string,
  `service_role` string,
  `standard_error_url` string,
  `standard_output_url` string,
  `status_details` string,
  `trace_output` string,
  `title` string,
  `partition` string
)
partitioned by (account_id string, region string, dt date)
stored as parquet
location 's3://bucket/ssm/ssm_command_invocation/';
msck repair table ssm_command_invocation;
create external table if not exists ssm_compliance_item (
  `resource_id` string,
  `compliance_type` string,
  `status` string,
  `severity` string,
  `details` string,
  `execution_summary` string,
  `execution_time` timestamp,
  `id` string,
  `resource_type` string,
  `title` string,
  `partition` string
)
partitioned by (account_id string, region string, dt date)
stored as parquet
location 's3://bucket/ssm/ssm_compliance_item/';
msck repair table ssm_compliance_item;
create external table if not exists ssm_effective_instance_association (
  `instance_id` string,
  `association_id` string,
  `association_version` string,
  `content` string,
  `title` string,
  `partition` string
)
partitioned by (account_id string, region string, dt date)
stored as parquet
location 's3://bucket/ssm/ssm_effective_instance_association/';
msck repair table ssm_effective_instance_association;
create external table if not exists ssm_instance_association_status (
  `instance_id` string,
  `association_id` string,
  `association_name` string,
  `association_version` string,
  `detailed_status` string,
  `document_version` string,
  `error_code` string,
  `execution_date` timestamp,
  `execution_summary` string,
  `name` string,
  `output_s3_bucket_name` string,
  `output_s3_key_prefix` string,
  `output_s3_region` string,
  `output_url` string,
  `status` string,
  `title` string,
  `partition` string
)
partitioned by (account_id string, region string, dt date)
stored as parquet
location 's3://bucket/ssm/ssm_instance_association_status/';
msck repair table ssm_instance_association_status;
create external table if not exists ssm_managed_instance (
  `instance_id` string,
  `ping_status` string,
  `platform_type` string,
  `resource_type` string,
  `association_status` string,
  `agent_version` string,
  `activation_id` string,
  `iam_role` string,
  `association_overview_detailed_status` string,
  `computer_name` string,
  `instance_association_status_aggregated_count` string,
  `ip_address` string,
  `is_latest_version` boolean,
  `last_association_execution_date` timestamp,
  `last_ping_date_time` timestamp,
  `last_successful_association_execution_date` timestamp,
  `name` string,
  `platform_name` string,
  `platform_version` string,
  `registration_date` timestamp,
  `source_id` string,
  `source_location` string,
  `source_type` string,
  `title` string,
  `partition` string
)
partitioned by (account_id string, region string, dt date)
stored as parquet
location 's3://bucket/ssm/ssm_managed_instance/';
msck repair table ssm_managed_instance;
create external table if not exists ssm_resource_compliance_summary (
  `resource_id` string,
  `compliance_type` string,
  `status` string,
  `compliant_count` bigint,
  `compliant_summary` string,
  `execution_summary` string,
  `execution_time` timestamp,
  `non_compliant_count` bigint,
  `non_compliant_summary` string,
  `overall_severity` string,
  `resource_type` string,
  `title` string,
  `partition` string
)
partitioned by (account_id string, region string, dt date)
stored as parquet
location 's3://bucket/ssm/ssm_resource_compliance_summary/';
msck repair table ssm_resource_compliance_summary;

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
