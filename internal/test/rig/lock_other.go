//go:build !darwin && !linux

package rig

// lock locks nothing: packages of tests that build a program at the same time may fail.
func lock(string) (unlock func(), err error) { return func() {}, nil }
