package tables

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// TestFailedStep checks which step of an execution is the one that failed it.
func TestFailedStep(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{Fleet: fleet.Options{Nodes: 40, Regions: []string{"us-east-1"}}, Regions: []string{"us-east-1"}})
	step := func(name, status, more string) string {
		return fmt.Sprintf(`{"StepExecutionId":"id-%[1]s","StepName":%[1]q,"Action":"aws:runCommand","StepStatus":%[2]q,"FailureMessage":"of %[1]s"%[3]s}`,
			name, status, more)
	}
	const (
		goesOn  = `,"OnFailure":"Continue","NextStep":"next","IsEnd":false`
		minor   = `,"IsCritical":false`
		crucial = `,"IsCritical":true`
	)
	succeeded := step("ok", "Success", "")
	for name, test := range map[string]struct {
		steps     []string
		truncated bool
		pages     [][]string // of all failed steps
		want      any
	}{
		"the only one":                             {steps: []string{succeeded, step("a", "Failed", "")}, want: "a"},
		"one that timed out":                       {steps: []string{step("a", "TimedOut", ""), step("b", "Cancelled", "")}, want: "a"},
		"not one that is not critical":             {steps: []string{step("a", "Failed", goesOn+minor), succeeded, step("b", "Failed", "")}, want: "b"},
		"not one that continues by default":        {steps: []string{step("a", "Failed", goesOn), step("b", "Failed", "")}, want: "b"},
		"one that continues, but is critical":      {steps: []string{step("a", "Failed", goesOn+crucial), step("b", "Failed", "")}, want: "a"},
		"one that leads to another step":           {steps: []string{step("a", "Failed", `,"OnFailure":"step:clean"`), step("clean", "Success", "")}, want: "a"},
		"none, if none is critical":                {steps: []string{step("a", "Failed", goesOn+minor)}, want: nil},
		"within the first steps of many":           {steps: []string{step("a", "Failed", "")}, truncated: true, want: "a"},
		"beyond the first steps":                   {steps: []string{succeeded, step("a", "Failed", goesOn)}, truncated: true, pages: [][]string{{step("a", "Failed", goesOn)}, {}, {step("b", "Failed", goesOn+minor), step("c", "TimedOut", "")}}, want: "c"},
		"none of many":                             {steps: []string{succeeded}, truncated: true, pages: [][]string{{}}, want: nil},
		"the first of those beyond the first ones": {steps: []string{succeeded}, truncated: true, pages: [][]string{{step("a", "Failed", "")}, {step("b", "Failed", "")}}, want: "a"},
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			url := intercept(t, w.Sim, func(w http.ResponseWriter, action, body string) bool {
				switch action {
				case rig.StepsOp:
					_, _ = fmt.Fprintf(w, `{"AutomationExecution":{"StepExecutions":[%s],"StepExecutionsTruncated":%t}}`,
						strings.Join(test.steps, ","), test.truncated)
				case rig.MoreStepsOp:
					if !strings.Contains(body, `"Key":"StepExecutionStatus","Values":["Failed","TimedOut"]`) {
						t.Errorf("asked for %s", body)
					}
					token := ""
					if asked < len(test.pages)-1 {
						token = fmt.Sprintf(`,"NextToken":"%d"`, asked)
					}
					_, _ = io.WriteString(w, `{"StepExecutions":[`+strings.Join(test.pages[asked], ",")+`]`+token+`}`)
					asked++
				default:
					return false
				}
				return true
			})
			db := rig.Open(t, embedded.Options{CacheTTLSeconds: 300}, embedded.Connection{Name: "c", Config: rig.Arguments(url, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
			id := rig.FailedAutomation(w.Fleet, "us-east-1")
			for range 2 { // from AWS and from what was kept
				got, err := rig.Query(t.Context(), db, "select failed_step_name as name, failed_step_message as message from "+rig.AutomationTable+
					" where automation_execution_id = '"+id+"'")
				if err != nil {
					t.Fatal(err)
				}
				var message any
				if test.want != nil {
					message = fmt.Sprintf("of %s", test.want)
				}
				rig.SameRows(t, got, []rig.Row{{"name": test.want, "message": message}})
			}
			if asked != len(test.pages) {
				t.Errorf("%d calls of %s, want %d", asked, rig.MoreStepsOp, len(test.pages))
			}
		})
	}
}
