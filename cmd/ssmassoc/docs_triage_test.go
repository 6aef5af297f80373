package main

import "strings"

// triageSection is the section of the documentation page about triage.
var triageSection = strings.NewReplacer("'", "`", "~", "`", "^", "'").Replace(`
## Triage

'--triage', or 'triage = true' in a connection, makes questions about a few failing nodes of a large fleet cheap. AWS^s
listing of managed nodes counts the associations of each node by status. With triage, a condition on 'status' in
'ssm_instance_association_status' (with ~=~ or ~in~) reads only the nodes of which the listing counts such a status. Where
531 of 10,000 nodes fail, that takes 732 calls instead of 10,201; see [the figures](performance.md#triage).

~~~sh
ssmassoc query --triage --stats "select instance_id, title from ssm_instance_association_status where status = ^InProgress^"
~~~

Triage is off by default, since AWS does not promise that the counts are as recent as the statuses: a node with a status
that is not counted yet is left out.

- A warning says how many nodes were left out. The statuses of each node that is read are compared with its counts; a
  second warning says if any disagree, and '--stats' has both numbers, as 'triage' in '--stats=json'. A query without a
  condition on 'status' reads and compares every node. The control
  ['snapshot_agrees_with_counts'](../compliance/README.md) names the nodes.
- A node is read whatever its counts say if the statement names it by its ID, or if AWS gives no counts for it.
- AWS may count a status by its own name or as 'Success', 'Failed' or 'Pending'. So a node with a count of 'Failed' is
  read for each status by which an association fails, such as 'TimedOut', and one with a count of 'Pending' for each
  other status but 'Success'.
- Conditions with another operator, with an expression, with 'or' and another column, or with a
  [parameter](#parameters) ('status = :s') read every node.
- '--triage=false' reads every node, whatever the connections say.
`)
