package docs

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2/gohcl"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
)

// argumentNames returns the names of a connection's arguments, sorted.
func argumentNames() []string {
	schema, _ := gohcl.ImpliedBodySchema(awsconn.Config{})
	var names []string
	for _, attribute := range schema.Attributes {
		names = append(names, attribute.Name)
	}
	slices.Sort(names)
	return names
}

// argument matches a commented-out argument of a connection block.
var argument = regexp.MustCompile(`(?m)^  # ([a-z0-9_]+) += (.*)$`)

// TestConfigurations checks that the README and the index repeat the connection block
// of the configuration file, and that the block has every argument with an example
// value.
func TestConfigurations(t *testing.T) {
	file := readFile(t, "config", "ssmassoc.spc")
	connection, others, found := strings.Cut(file, "\n}\n")
	if !found {
		t.Fatal("config/ssmassoc.spc has no connection")
	}
	connection += "\n}\n"
	checkCopy(t, "README.md", "hcl", connection)
	checkCopy(t, "docs/index.md", "hcl", connection)
	index := readFile(t, "docs", "index.md")
	aggregator := block(t, section(t, index, "## Multi-Account Connections"), "hcl")
	if commented := regexp.MustCompile(`(?m)^# ?`).ReplaceAllString(others, ""); !strings.Contains(commented, aggregator) {
		t.Error("the aggregator of docs/index.md is not that of config/ssmassoc.spc")
	}

	var names []string
	for _, match := range argument.FindAllStringSubmatch(connection, -1) {
		names = append(names, match[1])
	}
	slices.Sort(names)
	if want := argumentNames(); !slices.Equal(names, want) {
		t.Errorf("config/ssmassoc.spc has the arguments %v, want %v", names, want)
	}
}

// TestConfigurationValues checks that the example values are valid. Keys and a profile
// exclude each other.
func TestConfigurationValues(t *testing.T) {
	var texts [2]strings.Builder
	for _, match := range argument.FindAllStringSubmatch(readFile(t, "config", "ssmassoc.spc"), -1) {
		for i := range texts {
			isKey := slices.Contains([]string{"access_key", "secret_key", "session_token"}, match[1])
			if match[1] == "profile" && i == 0 || isKey && i == 1 {
				continue
			}
			texts[i].WriteString(match[1] + " = " + match[2] + "\n")
		}
	}
	for i := range texts {
		arguments, err := awsconn.ParseArguments(texts[i].String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := arguments.Decode(); err != nil {
			t.Errorf("%v\n%s", err, texts[i].String())
		}
	}
}
