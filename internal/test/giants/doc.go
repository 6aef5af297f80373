// Package giants reads tables of more rows than memory holds, from an AWS that makes its
// pages as they are asked for, in a process of its own. The tests bound the memory of the
// command, of exports and of the plugin.
//
// SSMASSOC_GIANT_ROWS is the number of rows of each table, 4,000 by default; make giants
// reads a million.
package giants
