-- Athena takes one statement at a time.
-- Partitions need no registration. For a new account or region, print these again and set
-- its values with: alter table T set tblproperties ('projection.account_id.values' = '...').
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
location 's3://bucket/ssm/ssm_association/'
tblproperties (
  'projection.enabled' = 'true',
  'projection.account_id.type' = 'enum',
  'projection.account_id.values' = '000000000007,123456789012',
  'projection.region.type' = 'enum',
  'projection.region.values' = 'us-east-1,eu-west-1',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = 'NOW-3YEARS,NOW+1DAY',
  'projection.dt.interval' = '1',
  'projection.dt.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://bucket/ssm/ssm_association/account_id=${account_id}/region=${region}/dt=${dt}/'
);
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
location 's3://bucket/ssm/ssm_association_execution/'
tblproperties (
  'projection.enabled' = 'true',
  'projection.account_id.type' = 'enum',
  'projection.account_id.values' = '000000000007,123456789012',
  'projection.region.type' = 'enum',
  'projection.region.values' = 'us-east-1,eu-west-1',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = 'NOW-3YEARS,NOW+1DAY',
  'projection.dt.interval' = '1',
  'projection.dt.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://bucket/ssm/ssm_association_execution/account_id=${account_id}/region=${region}/dt=${dt}/'
);
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
location 's3://bucket/ssm/ssm_association_execution_target/'
tblproperties (
  'projection.enabled' = 'true',
  'projection.account_id.type' = 'enum',
  'projection.account_id.values' = '000000000007,123456789012',
  'projection.region.type' = 'enum',
  'projection.region.values' = 'us-east-1,eu-west-1',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = 'NOW-3YEARS,NOW+1DAY',
  'projection.dt.interval' = '1',
  'projection.dt.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://bucket/ssm/ssm_association_execution_target/account_id=${account_id}/region=${region}/dt=${dt}/'
);
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
location 's3://bucket/ssm/ssm_association_version/'
tblproperties (
  'projection.enabled' = 'true',
  'projection.account_id.type' = 'enum',
  'projection.account_id.values' = '000000000007,123456789012',
  'projection.region.type' = 'enum',
  'projection.region.values' = 'us-east-1,eu-west-1',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = 'NOW-3YEARS,NOW+1DAY',
  'projection.dt.interval' = '1',
  'projection.dt.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://bucket/ssm/ssm_association_version/account_id=${account_id}/region=${region}/dt=${dt}/'
);
create external table if not exists ssm_automation_execution (
  `automation_execution_id` string,
  `execution_status` string,
  `document_name` string,
  `start_time` timestamp,
  `alarm_configuration` string,
  `association_id` string,
  `automation_subtype` string,
  `automation_type` string,
  `change_request_name` string,
  `current_action` string,
  `current_step_name` string,
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
location 's3://bucket/ssm/ssm_automation_execution/'
tblproperties (
  'projection.enabled' = 'true',
  'projection.account_id.type' = 'enum',
  'projection.account_id.values' = '000000000007,123456789012',
  'projection.region.type' = 'enum',
  'projection.region.values' = 'us-east-1,eu-west-1',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = 'NOW-3YEARS,NOW+1DAY',
  'projection.dt.interval' = '1',
  'projection.dt.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://bucket/ssm/ssm_automation_execution/account_id=${account_id}/region=${region}/dt=${dt}/'
);
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
location 's3://bucket/ssm/ssm_command_invocation/'
tblproperties (
  'projection.enabled' = 'true',
  'projection.account_id.type' = 'enum',
  'projection.account_id.values' = '000000000007,123456789012',
  'projection.region.type' = 'enum',
  'projection.region.values' = 'us-east-1,eu-west-1',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = 'NOW-3YEARS,NOW+1DAY',
  'projection.dt.interval' = '1',
  'projection.dt.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://bucket/ssm/ssm_command_invocation/account_id=${account_id}/region=${region}/dt=${dt}/'
);
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
location 's3://bucket/ssm/ssm_compliance_item/'
tblproperties (
  'projection.enabled' = 'true',
  'projection.account_id.type' = 'enum',
  'projection.account_id.values' = '000000000007,123456789012',
  'projection.region.type' = 'enum',
  'projection.region.values' = 'us-east-1,eu-west-1',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = 'NOW-3YEARS,NOW+1DAY',
  'projection.dt.interval' = '1',
  'projection.dt.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://bucket/ssm/ssm_compliance_item/account_id=${account_id}/region=${region}/dt=${dt}/'
);
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
location 's3://bucket/ssm/ssm_effective_instance_association/'
tblproperties (
  'projection.enabled' = 'true',
  'projection.account_id.type' = 'enum',
  'projection.account_id.values' = '000000000007,123456789012',
  'projection.region.type' = 'enum',
  'projection.region.values' = 'us-east-1,eu-west-1',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = 'NOW-3YEARS,NOW+1DAY',
  'projection.dt.interval' = '1',
  'projection.dt.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://bucket/ssm/ssm_effective_instance_association/account_id=${account_id}/region=${region}/dt=${dt}/'
);
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
location 's3://bucket/ssm/ssm_instance_association_status/'
tblproperties (
  'projection.enabled' = 'true',
  'projection.account_id.type' = 'enum',
  'projection.account_id.values' = '000000000007,123456789012',
  'projection.region.type' = 'enum',
  'projection.region.values' = 'us-east-1,eu-west-1',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = 'NOW-3YEARS,NOW+1DAY',
  'projection.dt.interval' = '1',
  'projection.dt.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://bucket/ssm/ssm_instance_association_status/account_id=${account_id}/region=${region}/dt=${dt}/'
);
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
location 's3://bucket/ssm/ssm_managed_instance/'
tblproperties (
  'projection.enabled' = 'true',
  'projection.account_id.type' = 'enum',
  'projection.account_id.values' = '000000000007,123456789012',
  'projection.region.type' = 'enum',
  'projection.region.values' = 'us-east-1,eu-west-1',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = 'NOW-3YEARS,NOW+1DAY',
  'projection.dt.interval' = '1',
  'projection.dt.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://bucket/ssm/ssm_managed_instance/account_id=${account_id}/region=${region}/dt=${dt}/'
);
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
location 's3://bucket/ssm/ssm_resource_compliance_summary/'
tblproperties (
  'projection.enabled' = 'true',
  'projection.account_id.type' = 'enum',
  'projection.account_id.values' = '000000000007,123456789012',
  'projection.region.type' = 'enum',
  'projection.region.values' = 'us-east-1,eu-west-1',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = 'NOW-3YEARS,NOW+1DAY',
  'projection.dt.interval' = '1',
  'projection.dt.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://bucket/ssm/ssm_resource_compliance_summary/account_id=${account_id}/region=${region}/dt=${dt}/'
);
create external table if not exists ssm_snapshot (
  `table_name` string,
  `account_id` string,
  `region` string,
  `row_count` bigint,
  `exported_at` timestamp,
  `run` string
)
partitioned by (dt date)
stored as parquet
location 's3://bucket/ssm/ssm_snapshot/'
tblproperties (
  'projection.enabled' = 'true',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = 'NOW-3YEARS,NOW+1DAY',
  'projection.dt.interval' = '1',
  'projection.dt.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://bucket/ssm/ssm_snapshot/dt=${dt}/'
);

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
