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
