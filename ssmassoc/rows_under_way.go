//go:build !race

package ssmassoc

// rowsUnderWay is the greatest number of rows of one connection that are in the
// SDK at once: the capacity of its smallest channel of rows (rowBufferSize in
// the SDK's executeForConnection).
const rowsUnderWay = 10
