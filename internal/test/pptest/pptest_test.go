package pptest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheProgramIsTheOneNamed(t *testing.T) {
	name := filepath.Join(t.TempDir(), "powerpipe")
	t.Setenv(binaryVariable, name)
	if found, err := powerpipe.Find(); err == nil || errors.Is(err, errNotBuilt) {
		t.Errorf("a name without a program: %q, %v", found, err)
	}
	if err := os.WriteFile(name, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	if found, err := powerpipe.Find(); found != name || err != nil {
		t.Errorf("got %q, %v", found, err)
	}
}

func TestPowerpipeIsOfTheRequiredVersion(t *testing.T) {
	p := New(t, t.TempDir(), "postgresql://nowhere")
	version, err := requiredVersion()
	if err != nil {
		t.Fatal(err)
	}
	if r := p.Run("--version"); r.Code != ExitOK || strings.TrimSpace(r.Stdout) != "Powerpipe "+version {
		t.Errorf("got %d, %q, want %s", r.Code, r.Stdout, version)
	}
}

func TestNoSettingOfTheUserReachesPowerpipe(t *testing.T) {
	t.Setenv("POWERPIPE_DATABASE", "postgresql://elsewhere")
	t.Setenv("PP_VAR_unknown", "1")
	p := New(t, t.TempDir(), "postgresql://nowhere")
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	for _, setting := range strings.Split(p.Shell("env; echo unset=$(cd && pwd)").Stdout, "\n") {
		if strings.Contains(setting, "elsewhere") || strings.HasPrefix(setting, "PP_VAR_") || setting == "unset="+home {
			t.Errorf("Powerpipe sees %s", setting)
		}
	}
}
