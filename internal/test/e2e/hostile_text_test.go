package e2e

import (
	"strings"
	"testing"
	"unicode/utf8"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/rude"
)

// TestTextThatPostgreSQLDoesNotTake checks that NUL and invalid UTF-8 in AWS's
// answers become U+FFFD, in every column of every table.
func TestTextThatPostgreSQLDoesNotTake(t *testing.T) {
	w := newRudeWorld(t)
	var log logBuffer
	p := startProcessLogging(t, &log, "STEAMPIPE_LOG_LEVEL=WARN")
	p.connect(map[string]string{"c": arguments(w.url, awssim.DefaultAccessKeyID, []string{"us-east-1"}) + fastRetries})
	for operation, e := range map[string]execution{
		statusOp:       {columns: []string{"instance_id", "status", "association_name", "execution_summary", "title"}},
		listingOp:      {table: nodeTable, columns: []string{"instance_id", "computer_name", "title"}},
		associationsOp: {table: associationTable, columns: []string{"association_id", "association_name", "targets", "title"}},
		executionsOp:   {table: executionTable, columns: []string{"execution_id", "status"}},
	} {
		for name, prefix := range map[string]string{"NUL": `\u0000`, "invalid UTF-8": "\xff", "half a character": "\xe6\xbc"} {
			w.server.Behave(operation, rude.Named(prefix))
			e.connections = []string{"c"}
			rows, err := p.execute(e)
			if err != nil || len(rows) == 0 {
				t.Errorf("%s, %s: %d rows, error %v", operation, name, len(rows), err)
				continue
			}
			text := strings.Join(lines(rows), "\n")
			if !utf8.ValidString(text) || strings.ContainsRune(text, 0) || strings.Contains(text, `\u0000`) {
				t.Errorf("%s, %s: it arrives as it is: %.200q", operation, name, text)
			}
			log.await(t, "became U+FFFD: operation="+operation)
			if !strings.Contains(text, "\uFFFD") {
				t.Errorf("%s, %s: it does not arrive: %.200q", operation, name, text)
			}
		}
	}
}
