package hostile

import (
	"os"
	"testing"

	"steampipe-plugin-ssmassoc/internal/test/rig"
)

func TestMain(m *testing.M) { os.Exit(rig.Main(m)) }
