package hostile

import (
	"strings"
	"testing"
	"unicode/utf8"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/rude"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// TestTextThatPostgreSQLDoesNotTake checks that NUL and invalid UTF-8 in AWS's
// answers become U+FFFD, in every column of every table.
func TestTextThatPostgreSQLDoesNotTake(t *testing.T) {
	w := newRudeWorld(t)
	var log rig.LogBuffer
	p := rig.StartProcessLogging(t, &log, "STEAMPIPE_LOG_LEVEL=WARN")
	p.Connect(map[string]string{"c": rig.Arguments(w.url, awssim.DefaultAccessKeyID, []string{"us-east-1"}) + rig.FastRetries})
	for operation, e := range map[string]rig.Execution{
		rig.StatusOp:       {Columns: []string{"instance_id", "status", "association_name", "execution_summary", "title"}},
		rig.ListingOp:      {Table: rig.NodeTable, Columns: []string{"instance_id", "computer_name", "title"}},
		rig.AssociationsOp: {Table: rig.AssociationTable, Columns: []string{"association_id", "association_name", "targets", "title"}},
		rig.ExecutionsOp:   {Table: rig.ExecutionTable, Columns: []string{"execution_id", "status"}},
	} {
		for name, prefix := range map[string]string{"NUL": `\u0000`, "invalid UTF-8": "\xff", "half a character": "\xe6\xbc"} {
			w.server.Behave(operation, rude.Named(prefix))
			e.Connections = []string{"c"}
			rows, err := p.Execute(e)
			if err != nil || len(rows) == 0 {
				t.Errorf("%s, %s: %d rows, error %v", operation, name, len(rows), err)
				continue
			}
			text := strings.Join(rig.Lines(rows), "\n")
			if !utf8.ValidString(text) || strings.ContainsRune(text, 0) || strings.Contains(text, `\u0000`) {
				t.Errorf("%s, %s: it arrives as it is: %.200q", operation, name, text)
			}
			log.Await(t, "became U+FFFD: operation="+operation)
			if !strings.Contains(text, "\uFFFD") {
				t.Errorf("%s, %s: it does not arrive: %.200q", operation, name, text)
			}
		}
	}
}
