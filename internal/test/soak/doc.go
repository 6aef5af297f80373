// Package soak runs one process of the plugin and one prompt for a long time, over a
// simulated AWS with faults: scans, cancelled scans and changed configurations. An answer
// is wrong, and fails the test, unless it is an error or the whole truth. What the
// processes take of the machine must stay flat.
//
// SOAK is the time to run, such as 10m; make soak sets it. Without it the test runs for a
// few seconds, and does not look at what the processes take.
package soak
