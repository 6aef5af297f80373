# The longest time that a cron expression leaves between two runs.

locals {
  # Common table expressions over the schedule_expression of `association`. The
  # last, `cron_gap`, has one row for each cron expression that ever runs: the
  # longest time between two runs in minutes, the first run if the expression names
  # years, and the last run within the window. `cron_rule` has one row for each
  # expression that can be parsed; `cron_slot` has its runs by month.
  #
  # The dialect is that of State Manager: minute, hour, day of the month, month, day
  # of the week (1 is Sunday) and year, preceded by the second if there are seven
  # fields; lists, ranges, steps, names, ?, L, W and #. Times are UTC. Seconds are
  # ignored, which changes a gap by less than a minute. An expression that restricts
  # both kinds of day, which AWS rejects, runs only on days that match both.
  #
  # The gap is exact: until 2100 the calendar repeats every 28 years, and the window
  # is 30 years. Days are computed for each of the 28 kinds of month, by length and
  # weekday of the first day, and then placed in the calendar.
  cron_gap = <<-EOQ
    cron as (
      select
        expression,
        fields[cardinality(fields) - 5 : cardinality(fields)] as fields
      from
        (
          select distinct
            schedule_expression as expression,
            regexp_split_to_array(upper(substring(schedule_expression from '(?i)^\s*cron\(\s*(.*?)\s*\)\s*$')), '\s+') as fields
          from
            association
        ) as split
      where
        cardinality(fields) in (6, 7)
    ),
    cron_item as (
      select
        c.expression,
        f.field,
        f.least,
        f.most,
        f.names,
        regexp_match(item, '^(?:[*]|(\d{1,4}|[A-Z]{3})(?:-(\d{1,4}|[A-Z]{3}))?)(?:/(\d{1,4}))?$') as range,
        case f.field
          when 'day' then regexp_match(item, '^(?:(L)|(L|\d{1,2})W|L-(\d{1,2}))$')
          when 'weekday' then regexp_match(item, '^(?:(L)|(\d|[A-Z]{3})L|(\d|[A-Z]{3})#([1-5]))$')
        end as special
      from
        cron as c
        cross join (
          values
            ('minute', 1, 0, 59, null),
            ('hour', 2, 0, 23, null),
            ('day', 3, 1, 31, null),
            ('month', 4, 1, 12, array['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']),
            ('weekday', 5, 1, 7, array['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT']),
            ('year', 6, 1970, 2199, null)
        ) as f (field, place, least, most, names)
        cross join unnest(string_to_array(
          case
            when f.field in ('day', 'weekday') and c.fields[f.place] = '?' then '*'
            else c.fields[f.place]
          end,
          ','
        )) as item
    ),
    cron_bound as (
      select
        i.*,
        n.special_1,
        n.special_2,
        case
          when range is null then null
          when range[1] is null then least
          else n.first
        end as first,
        case
          when range is null then null
          when range[2] is not null then n.last
          when range[1] is null or range[3] is not null then most
          else n.first
        end as last,
        nullif(cast(coalesce(range[3], '1') as int), 0) as step
      from
        cron_item as i
        cross join lateral (
          select
            max(number) filter (where place = 1) as first,
            max(number) filter (where place = 2) as last,
            max(number) filter (where place = 3) as special_1,
            max(number) filter (where place = 4) as special_2
          from
            (
              select
                place,
                case
                  when token ~ '^\d' then cast(token as int)
                  else array_position(names, token)
                end as number
              from
                unnest(array[range[1], range[2], special[2], special[3]]) with ordinality as t (token, place)
            ) as numbered
        ) as n
    ),
    cron_value as (
      select
        b.expression,
        v.kind,
        v.value
      from
        cron_bound as b
        left join lateral (
          select
            field as kind,
            (n - least) % (most - least + 1) + least as value
          from
            generate_series(first, case when last < first then last + most - least + 1 else last end, step) as n
          where
            first between least and most
            and last between least and most
          union all
          select 'weekday', 7 where field = 'weekday' and special[1] = 'L'
          union all
          select 'last weekday', special_1 where field = 'weekday' and special_1 between 1 and 7
          union all
          select 'nth weekday', special_2 * 10 + cast(special[4] as int) where field = 'weekday' and special_2 between 1 and 7
          union all
          select 'day from the end', 0 where field = 'day' and special[1] = 'L'
          union all
          select 'day from the end', special_2 where field = 'day' and special_2 between 0 and 30
          union all
          select 'workday', special_1 where field = 'day' and special_1 between 1 and 31
          union all
          select 'last workday', 1 where field = 'day' and special[2] = 'L'
        ) as v on true
    ),
    cron_rule as (
      select
        expression,
        array_agg(value) filter (where kind = 'day') as days,
        array_agg(value) filter (where kind = 'day from the end') as days_from_the_end,
        array_agg(value) filter (where kind = 'workday') as workdays,
        coalesce(bool_or(kind = 'last workday'), false) as last_workday,
        array_agg(value) filter (where kind = 'weekday') as weekdays,
        array_agg(value) filter (where kind = 'last weekday') as last_weekdays,
        array_agg(value) filter (where kind = 'nth weekday') as nth_weekdays,
        array_agg(value) filter (where kind = 'month') as months,
        array_agg(value) filter (where kind = 'year') as years,
        min(value) filter (where kind = 'year') as first_year
      from
        cron_value
      group by
        expression
      having
        bool_and(value is not null)
    ),
    cron_clock as (
      select
        expression,
        min(value) filter (where kind = 'hour') * 60 + min(value) filter (where kind = 'minute') as first_minute,
        max(value) filter (where kind = 'hour') * 60 + max(value) filter (where kind = 'minute') as last_minute,
        greatest(
          max(step) filter (where kind = 'minute'),
          max(step) filter (where kind = 'hour') * 60 - max(value) filter (where kind = 'minute') + min(value) filter (where kind = 'minute')
        ) as gap
      from
        (
          select
            *,
            value - lag(value) over (partition by expression, kind order by value) as step
          from
            cron_value
          where
            kind in ('minute', 'hour')
        ) as stepped
      group by
        expression
    ),
    calendar_month as (
      select
        first,
        extract(year from first) as year,
        extract(month from first) as month,
        cast(extract(dow from first) as int) as shift,
        cast(first + interval '1 month' as date) - first as length
      from
        (
          select
            cast(generate_series(
              date_trunc('year', now() at time zone 'UTC') - interval '1 year',
              date_trunc('year', now() at time zone 'UTC') + interval '28 years 11 months',
              interval '1 month'
            ) as date) as first
        ) as months
    ),
    cron_day as (
      select
        r.expression,
        m.shift,
        m.length,
        d.day
      from
        cron_rule as r
        cross join (select distinct shift, length from calendar_month) as m
        cross join lateral (
          select
            day,
            (day + m.shift - 1) % 7 + 1 as weekday
          from
            generate_series(1, m.length) as day
        ) as d
      where
        (
          d.day = any (r.days)
          or m.length - d.day = any (r.days_from_the_end)
          or (d.weekday between 2 and 6 and (
            d.day = any (r.workdays)
            or d.weekday = 6 and d.day < m.length and d.day + 1 = any (r.workdays)
            or d.weekday = 6 and d.day = m.length - 2 and m.length = any (r.workdays)
            or d.weekday = 2 and d.day - 1 = any (r.workdays)
            or d.weekday = 2 and d.day = 3 and 1 = any (r.workdays)
            or r.last_workday and (d.day = m.length or d.weekday = 6 and d.day >= m.length - 2)
          ))
        )
        and (
          d.weekday = any (r.weekdays)
          or d.day > m.length - 7 and d.weekday = any (r.last_weekdays)
          or d.weekday * 10 + (d.day + 6) / 7 = any (r.nth_weekdays)
        )
    ),
    cron_month as (
      select
        r.expression,
        m.first + s.first_day - 1 as first_day,
        m.first + s.last_day - 1 as last_day,
        s.gap,
        r.first_year
      from
        cron_rule as r
        join (
          select
            expression,
            shift,
            length,
            min(day) as first_day,
            max(day) as last_day,
            max(step) as gap
          from
            (
              select
                *,
                day - lag(day) over (partition by expression, shift, length order by day) as step
              from
                cron_day
            ) as stepped
          group by
            expression,
            shift,
            length
        ) as s on s.expression = r.expression
        join calendar_month as m on m.shift = s.shift
        and m.length = s.length
        and m.month = any (r.months)
        and m.year = any (r.years)
    ),
    cron_slot as (
      select
        m.expression,
        m.first_year,
        m.first_day + make_interval(mins => c.first_minute) as first_slot,
        m.last_day + make_interval(mins => c.last_minute) as last_slot,
        greatest(
          c.gap,
          1440 * greatest(m.gap, m.first_day - lag(m.last_day) over (partition by m.expression order by m.first_day)) - c.last_minute + c.first_minute
        ) as gap
      from
        cron_month as m
        join cron_clock as c on c.expression = m.expression
    ),
    cron_gap as (
      select
        expression,
        max(gap) as minutes,
        case when min(first_year) >= extract(year from now() at time zone 'UTC') - 1 then min(first_slot) at time zone 'UTC' end as begins,
        max(last_slot) at time zone 'UTC' as ends
      from
        cron_slot
      group by
        expression
    )
  EOQ
}
