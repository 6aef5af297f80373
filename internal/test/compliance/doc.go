// Package compliance tests the compliance mod: its controls, dashboard and schedules. It contains tests only.
package compliance
