// Package throttle decides when a request is sent, and whether it is sent again. It
// knows nothing of the plugin.
//
// A request waits, in this order, for
//
//   - a place among the requests in flight of its connection and region ([Region]),
//   - a place among those of the whole process ([Gate]),
//   - the limiters of Steampipe's configuration ([Limiters]),
//   - the pace that AWS allows for its operation, before each attempt ([Retryer]).
package throttle
