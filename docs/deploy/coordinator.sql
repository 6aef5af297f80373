-- Makes this PostgreSQL a coordinator of several Steampipe services: each of the
-- plugin's tables becomes a table that is partitioned over the services, by account and
-- by region. See docs/beyond-one-machine.md.
--
-- Name the services in ssmassoc_service, then: call ssmassoc_coordinate();

create extension if not exists postgres_fdw;

-- A service, and what its connections read: accounts, and regions where services share
-- accounts. These must be exactly what the service has: PostgreSQL leaves a service out
-- of a query by them, and does not check its rows.
create table if not exists ssmassoc_service (
  name text primary key,
  host text not null,
  port text not null default '9193',
  dbname text not null default 'steampipe',
  username text not null default 'steampipe',
  password text,
  remote_schema text not null default 'ssmassoc', -- the connection or the aggregator
  accounts text[] not null check (accounts <> '{}'),
  regions text[] check (regions <> '{}') -- null: all
);

-- Gives a service its foreign server, and its tables a schema of its name.
create or replace procedure ssmassoc_import(service ssmassoc_service)
language plpgsql as $$
begin
  execute format('drop schema if exists %I cascade', 'service_' || service.name);
  execute format('drop server if exists %I cascade', 'service_' || service.name);
  -- Asynchronous scans have all services work at the same time.
  execute format(
    'create server %I foreign data wrapper postgres_fdw options (host %L, port %L, dbname %L, async_capable %L, fetch_size %L, connect_timeout %L)',
    'service_' || service.name, service.host, service.port, service.dbname, 'true', '10000', '10');
  execute format('create user mapping for current_user server %I options (user %L, password %L)',
    'service_' || service.name, service.username, coalesce(service.password, ''));
  execute format('create schema %I', 'service_' || service.name);
  execute format('import foreign schema %I from server %I into %I',
    service.remote_schema, 'service_' || service.name, 'service_' || service.name);
end
$$;

-- Makes a partitioned table of the foreign tables of one name.
create or replace procedure ssmassoc_partition(table_name text)
language plpgsql as $$
declare
  service ssmassoc_service;
  parent text;
  accounts_parent text;
begin
  execute format('drop table if exists %I cascade', table_name);
  for service in select * from ssmassoc_service order by accounts, name loop
    if parent is null then
      parent := format('%I', table_name);
      execute format('create table %s (like %I.%I) partition by list (account_id)', parent, 'service_' || service.name, table_name);
    end if;
    accounts_parent := parent;
    if service.regions is not null then
      -- Services that share accounts differ by regions.
      accounts_parent := format('%I', table_name || '_' || md5(service.accounts::text));
      if to_regclass(accounts_parent) is null then
        execute format('create table %s partition of %s for values in (%s) partition by list (region)',
          accounts_parent, parent, (select string_agg(quote_literal(a), ', ') from unnest(service.accounts) a));
      end if;
    end if;
    execute format('alter table %s attach partition %I.%I for values in (%s)',
      accounts_parent, 'service_' || service.name, table_name,
      (select string_agg(quote_literal(v), ', ') from unnest(coalesce(service.regions, service.accounts)) v));
  end loop;
end
$$;

-- Recreates everything from what ssmassoc_service has.
create or replace procedure ssmassoc_coordinate()
language plpgsql as $$
declare
  service ssmassoc_service;
  name text;
begin
  for service in select * from ssmassoc_service loop
    call ssmassoc_import(service);
  end loop;
  for name in
    select distinct foreign_table_name from information_schema.foreign_tables
    where foreign_server_name in (select 'service_' || s.name from ssmassoc_service s)
  loop
    call ssmassoc_partition(name);
  end loop;
end
$$;
