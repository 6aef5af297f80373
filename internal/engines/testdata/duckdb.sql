create or replace view ssm_association as
select * from read_parquet('/data/o''brien/ssm_association/*/*/*/*.parquet',
  hive_partitioning = true, hive_types = {'account_id': varchar, 'region': varchar, 'dt': date}, union_by_name = true);
create or replace view ssm_association_execution as
select * from read_parquet('/data/o''brien/ssm_association_execution/*/*/*/*.parquet',
  hive_partitioning = true, hive_types = {'account_id': varchar, 'region': varchar, 'dt': date}, union_by_name = true);
create or replace view ssm_association_execution_target as
select * from read_parquet('/data/o''brien/ssm_association_execution_target/*/*/*/*.parquet',
  hive_partitioning = true, hive_types = {'account_id': varchar, 'region': varchar, 'dt': date}, union_by_name = true);
create or replace view ssm_association_version as
select * from read_parquet('/data/o''brien/ssm_association_version/*/*/*/*.parquet',
  hive_partitioning = true, hive_types = {'account_id': varchar, 'region': varchar, 'dt': date}, union_by_name = true);
create or replace view ssm_automation_execution as
select * from read_parquet('/data/o''brien/ssm_automation_execution/*/*/*/*.parquet',
  hive_partitioning = true, hive_types = {'account_id': varchar, 'region': varchar, 'dt': date}, union_by_name = true);
create or replace view ssm_command_invocation as
select * from read_parquet('/data/o''brien/ssm_command_invocation/*/*/*/*.parquet',
  hive_partitioning = true, hive_types = {'account_id': varchar, 'region': varchar, 'dt': date}, union_by_name = true);
create or replace view ssm_compliance_item as
select * from read_parquet('/data/o''brien/ssm_compliance_item/*/*/*/*.parquet',
  hive_partitioning = true, hive_types = {'account_id': varchar, 'region': varchar, 'dt': date}, union_by_name = true);
create or replace view ssm_effective_instance_association as
select * from read_parquet('/data/o''brien/ssm_effective_instance_association/*/*/*/*.parquet',
  hive_partitioning = true, hive_types = {'account_id': varchar, 'region': varchar, 'dt': date}, union_by_name = true);
create or replace view ssm_instance_association_status as
select * from read_parquet('/data/o''brien/ssm_instance_association_status/*/*/*/*.parquet',
  hive_partitioning = true, hive_types = {'account_id': varchar, 'region': varchar, 'dt': date}, union_by_name = true);
create or replace view ssm_managed_instance as
select * from read_parquet('/data/o''brien/ssm_managed_instance/*/*/*/*.parquet',
  hive_partitioning = true, hive_types = {'account_id': varchar, 'region': varchar, 'dt': date}, union_by_name = true);
create or replace view ssm_resource_compliance_summary as
select * from read_parquet('/data/o''brien/ssm_resource_compliance_summary/*/*/*/*.parquet',
  hive_partitioning = true, hive_types = {'account_id': varchar, 'region': varchar, 'dt': date}, union_by_name = true);

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
