//go:build race

package rig

// RaceDetector reports whether the race detector is on.
const RaceDetector = true
