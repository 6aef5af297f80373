// Package awsconn is one connection to AWS: from the arguments of a Steampipe
// connection to requests that are signed, bounded, counted and checked.
//
// A [Connection] knows its account, its regions and its credentials, each no longer
// than it may. Requests for SSM go through [Call], which waits for its turn, and
// their answers through a guard that bounds their time and size. What the package
// knows of AWS's errors it offers as predicates, and as hints in the errors that it
// returns.
package awsconn
