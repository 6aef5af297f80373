// Package faults tests that no fault of AWS shortens an answer. It contains tests only.
package faults
