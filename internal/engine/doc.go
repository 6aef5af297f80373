// Package engine runs a table in one region of a connection: it reads the conditions of a
// query, lists the parents that they leave, reads the pages of each, and emits rows.
//
// A table (see [Table]) says what to read with listings and reads of a parent. The engine
// answers from the cache where it can, asks again where AWS broke off, and returns an error
// rather than fewer rows. It knows no table.
package engine
