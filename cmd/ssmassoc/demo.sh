#!/bin/sh
# A first look at the tables on a simulated fleet. Run by "make demo".
set -eu

ask() {
	printf '\n-- %s\n%s\n\n' "$1" "$2"
	bin/ssmassoc query --demo --stats "$2" 2>&1
}

ask 'How are the associations of the whole fleet doing?' \
'select status, count(*) as associations, count(distinct instance_id) as nodes
from ssm_instance_association_status
group by status
order by associations desc, status'

ask 'Which associations failed last, where, and where is the output?' \
"select region, instance_id, title, status, execution_date, error_code, output_s3_bucket_name
from ssm_instance_association_status
where status in ('Failed', 'TimedOut', 'DeliveryTimedOut', 'ExecutionTimedOut', 'Undeliverable', 'Cancelled', 'Terminated')
order by execution_date desc
limit 5"

ask 'One node: no listing, one call for each region that it could be in.' \
"select title, status, detailed_status, execution_date
from ssm_instance_association_status
where instance_id = 'i-0036092b4bc358841'
order by title"
