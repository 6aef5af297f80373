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
