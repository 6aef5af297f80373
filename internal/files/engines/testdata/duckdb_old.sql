create or replace view ssm_association as
select * from read_parquet('/data/ssm_association/*/*/*/*.parquet',
  hive_partitioning = true, hive_types = {'account_id': varchar, 'region': varchar, 'dt': date}, union_by_name = true);
create or replace view ssm_association_execution as
select * from read_parquet('/data/ssm_association_execution/*/*/*/*.parquet',
  hive_partitioning = true, hive_types = {'account_id': varchar, 'region': varchar, 'dt': date}, union_by_name = true);
create or replace view ssm_association_execution_target as
select * from read_parquet('/data/ssm_association_execution_target/*/*/*/*.parquet',
  hive_partitioning = true, hive_types = {'account_id': varchar, 'region': varchar, 'dt': date}, union_by_name = true);
create or replace view ssm_association_version as
select * from read_parquet('/data/ssm_association_version/*/*/*/*.parquet',
  hive_partitioning = true, hive_types = {'account_id': varchar, 'region': varchar, 'dt': date}, union_by_name = true);
create or replace view ssm_automation_execution as
select * from read_parquet('/data/ssm_automation_execution/*/*/*/*.parquet',
  hive_partitioning = true, hive_types = {'account_id': varchar, 'region': varchar, 'dt': date}, union_by_name = true);
create or replace view ssm_command_invocation as
select * from read_parquet('/data/ssm_command_invocation/*/*/*/*.parquet',
  hive_partitioning = true, hive_types = {'account_id': varchar, 'region': varchar, 'dt': date}, union_by_name = true);
create or replace view ssm_compliance_item as
select * from read_parquet('/data/ssm_compliance_item/*/*/*/*.parquet',
  hive_partitioning = true, hive_types = {'account_id': varchar, 'region': varchar, 'dt': date}, union_by_name = true);
create or replace view ssm_effective_instance_association as
select * from read_parquet('/data/ssm_effective_instance_association/*/*/*/*.parquet',
  hive_partitioning = true, hive_types = {'account_id': varchar, 'region': varchar, 'dt': date}, union_by_name = true);
create or replace view ssm_instance_association_status as
select * from read_parquet('/data/ssm_instance_association_status/*/*/*/*.parquet',
  hive_partitioning = true, hive_types = {'account_id': varchar, 'region': varchar, 'dt': date}, union_by_name = true);
create or replace view ssm_managed_instance as
select * from read_parquet('/data/ssm_managed_instance/*/*/*/*.parquet',
  hive_partitioning = true, hive_types = {'account_id': varchar, 'region': varchar, 'dt': date}, union_by_name = true);
create or replace view ssm_resource_compliance_summary as
select * from read_parquet('/data/ssm_resource_compliance_summary/*/*/*/*.parquet',
  hive_partitioning = true, hive_types = {'account_id': varchar, 'region': varchar, 'dt': date}, union_by_name = true);
-- The files have no ssm_snapshot: a day without rows is not known as a day. Print these again after
-- the next export.
create or replace view ssm_snapshot as
select
  cast(null as varchar) as table_name,
  cast(null as varchar) as account_id,
  cast(null as varchar) as region,
  cast(null as bigint) as row_count,
  cast(null as timestamptz) as exported_at,
  cast(null as varchar) as run,
  cast(null as date) as dt
where false;

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
