// Package hostile tests the plugin and the command against servers that misbehave. It contains tests only.
package hostile
