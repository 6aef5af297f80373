// Package rig is what end-to-end tests share: simulated AWS with the plugin over it,
// the rows that each table should have, and the plugin's process as Steampipe starts it.
package rig

import (
	"os"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/test/pgtest"
)

// Main runs the tests of a package, which neither see AWS settings of the machine nor
// reach AWS, and returns the exit code. PostgreSQL serves them as [pgtest.Main] says.
func Main(m *testing.M) int {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") || name == "REQUESTS_CA_BUNDLE" {
			_ = os.Unsetenv(name)
		}
	}
	for name, value := range map[string]string{
		"AWS_EC2_METADATA_DISABLED":   "true",
		"AWS_CONFIG_FILE":             os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		_ = os.Setenv(name, value)
	}
	if _, set := os.LookupEnv("STEAMPIPE_LOG_LEVEL"); !set {
		_ = os.Setenv("STEAMPIPE_LOG_LEVEL", "off")
	}
	return pgtest.Main(m)
}
