-- One row for each association on each node of a side. If AWS lists an association
-- twice, it fails if one of the results does.
create temp table result as
select side, account_id, region, dt, [result_key] as result_key,
  max([failing]) as failing, instance_id, association_id, association_name, name, status
from read_status
group by side, account_id, region, dt, result_key;
create index result_by_key on result(account_id, region, result_key, side, dt);

-- The regions of each day, with failures or without.
create temp table snapshot as
select side, account_id, region, dt from read_snapshot where table_name = 'ssm_instance_association_status'
union
select side, account_id, region, dt from read_status;

create temp table region_of as
select account_id, region, max(side = 'old') as in_old, max(side = 'new') as in_new
from snapshot
where side in ('old', 'new')
group by account_id, region;

create temp table ssm_change as
select
  case
    when n.failing and not coalesce(o.failing, 0) then 'new failure'
    when n.failing then 'still failing'
    when n.status = 'Success' then 'fixed'
    else 'inconclusive'
  end as change,
  n.account_id, n.region, n.instance_id, n.association_id, n.association_name, n.name as document,
  o.status as old_status, n.status as new_status,
  case when n.failing then (
    select min(f.dt)
    from result f
    where f.account_id = n.account_id and f.region = n.region and f.result_key = n.result_key
      and f.failing and f.dt <= n.dt and f.dt > coalesce((
        select max(p.dt)
        from result p
        where p.account_id = n.account_id and p.region = n.region and p.result_key = n.result_key
          and not p.failing and p.dt < n.dt
      ), '')
  ) end as failing_since
from result n
left join result o
  on o.side = 'old' and o.account_id = n.account_id and o.region = n.region and o.result_key = n.result_key
where n.side = 'new' and (n.failing or coalesce(o.failing, 0))
union all
select 'no longer reported', o.account_id, o.region, o.instance_id, o.association_id, o.association_name, o.name,
  o.status, null, null
from result o
join region_of r on r.account_id = o.account_id and r.region = o.region and r.in_new
where o.side = 'old' and o.failing and not exists (
  select 1 from result n
  where n.side = 'new' and n.account_id = o.account_id and n.region = o.region and n.result_key = o.result_key
)
union all
select case when in_old then 'region not in NEW' else 'region not in OLD' end, account_id, region,
  null, null, null, null, null, null, null
from region_of
where not in_old or not in_new
union all
select case side when 'old' then 'node gone' else 'node appeared' end, account_id, region, instance_id,
  null, null, null, null, null, null
from read_node m
join region_of r using (account_id, region)
where r.in_old and r.in_new and side in ('old', 'new') and not exists (
  select 1 from read_node o
  where o.side in ('old', 'new') and o.side <> m.side and o.account_id = m.account_id and o.region = m.region
    and o.instance_id = m.instance_id
)
union all
select case side when 'old' then 'association gone' else 'association appeared' end, account_id, region, null,
  association_id, association_name, name, null, null, null
from read_association a
join region_of r using (account_id, region)
where r.in_old and r.in_new and side in ('old', 'new') and not exists (
  select 1 from read_association o
  where o.side in ('old', 'new') and o.side <> a.side and o.account_id = a.account_id and o.region = a.region
    and o.association_id = a.association_id
);
