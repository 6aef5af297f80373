package compliance

import (
	"fmt"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/test/pgtest"
	"steampipe-plugin-ssmassoc/internal/test/pptest"
)

// TestOutputOfLargeCommands checks failures of commands that ran on few and on many
// nodes, which failed_output_known reads in different ways.
func TestOutputOfLargeCommands(t *testing.T) {
	pptest.Require(t)
	pg := pgtest.Open(t)
	var script strings.Builder
	script.WriteString(`
create table ssm_instance_association_status (instance_id text, association_id text, title text, status text,
  execution_date timestamptz, output_url text, region text, account_id text);
create table ssm_association_execution (association_id text, execution_id text, created_time timestamptz, region text, account_id text);
create table ssm_association_execution_target (association_id text, execution_id text, resource_id text, status text,
  last_execution_date timestamptz, output_source_type text, output_source_id text, region text, account_id text);
create table ssm_command_invocation (command_id text, instance_id text, region text, account_id text);
`)
	want := map[string]string{}
	for _, command := range []struct {
		id           string
		nodes, fails int
		kept         bool
	}{{"small", 3, 2, true}, {"large", 120, 2, true}, {"wide", 120, 3, true}, {"gone", 120, 1, false}} {
		fmt.Fprintf(&script, "insert into ssm_association_execution values ('%s', 'e', now() - interval '1 hour', 'eu-west-1', '1');\n", command.id)
		for n := range command.nodes {
			status := "Success"
			if n < command.fails {
				status = "Failed"
				want[fmt.Sprintf("i-%d/%s", n, command.id)] = map[bool]string{true: "ok", false: "alarm"}[command.kept]
			}
			fmt.Fprintf(&script, "insert into ssm_instance_association_status values ('i-%d', '%s', '%[2]s', '%s', now(), null, 'eu-west-1', '1');\n",
				n, command.id, status)
			fmt.Fprintf(&script, "insert into ssm_association_execution_target values ('%s', 'e', 'i-%d', '%s', now(), 'RunCommand', 'command %[1]s', 'eu-west-1', '1');\n",
				command.id, n, status)
			if command.kept {
				fmt.Fprintf(&script, "insert into ssm_command_invocation values ('command %s', 'i-%d', 'eu-west-1', '1');\n", command.id, n)
			}
		}
	}
	if err := pg.Exec(t.Context(), script.String()); err != nil {
		t.Fatal(err)
	}
	a := audited{t: t, pp: pptest.New(t, modFolder, pg.URL())}
	got := map[string]string{}
	for _, r := range a.controls("control", "run", "failed_output_known")["failed_output_known"].rows() {
		resource := r["resource"].(string)
		if got[resource] != "" {
			t.Errorf("%s comes twice", resource)
		}
		got[resource] = r["status"].(string)
	}
	for resource, status := range want {
		if got[resource] != status {
			t.Errorf("%s: got %q, want %s", resource, got[resource], status)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d rows, want %d", len(got), len(want))
	}
}
