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
  select account_id, region, instance_id, association_id, [result_key] as result_key, dt,
    case when [failing] then 1 else 0 end as failing
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
where [failing];

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
    [result_key] as result_key
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
  select account_id, region, instance_id, association_id, [result_key] as result_key, dt, status,
    case when [failing] then status end as failure
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
