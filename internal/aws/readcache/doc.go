// Package readcache keeps complete reads of a slow source, and lets callers that want the
// same thing at the same time share one read. Items may be of any type that the answers of
// an API are made of: strings, numbers, times, lists, maps and structs of these.
//
// A read that failed or was broken off is never kept, so that an answer from the
// cache is as complete as one from the source, and no older than its caller allows.
package readcache
