package docs

import (
	"fmt"
	"html"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// pictured are the commands shown in the README's picture. Their output does not depend
// on the date: the demonstration's fleet has the same statuses every day.
var pictured = []string{
	`bin/ssmassoc query --demo "
    select status, count(*) as associations, count(distinct instance_id) as nodes
    from ssm_instance_association_status
    group by status
    order by associations desc"`,
	`bin/ssmassoc query --demo "
    select region, instance_id, title, status, error_code, output_s3_bucket_name as output_bucket
    from ssm_instance_association_status
    where status in ('Failed', 'TimedOut', 'DeliveryTimedOut', 'ExecutionTimedOut',
      'Undeliverable', 'Cancelled', 'Terminated')
    order by region, instance_id, title
    limit 8"`,
}

// session matches a command in a console block, and its output.
var session = regexp.MustCompile("(?ms)^```console\n\\$ ([^\"]*\"[^\"]*\")\n(.*?)^```$")

// TestTerminal checks that the README and its picture show the command's output.
func TestTerminal(t *testing.T) {
	run := shell(t)
	t.Run("captured output", func(t *testing.T) { testCapturedOutput(t, run) })
	t.Run("picture", func(t *testing.T) { testPicture(t, run) })
}

func testCapturedOutput(t *testing.T, run func(string) string) {
	readme := readFile(t, "README.md")
	captured := session.FindAllStringSubmatch(readme, -1)
	if len(captured) == 0 {
		t.Fatal("README.md has no captured session")
	}
	for _, match := range captured {
		want := run(match[1])
		if *update {
			readme = strings.Replace(readme, match[0], "```console\n$ "+match[1]+"\n"+want+"```", 1)
		} else if match[2] != want {
			t.Errorf("the output of %s in README.md is\n%s\nwant\n%s", match[1], match[2], want)
		}
	}
	if *update {
		writeFile(t, "README.md", readme)
	}
}

func testPicture(t *testing.T, run func(string) string) {
	var lines []line
	for _, command := range pictured {
		for text := range strings.Lines("$ " + command + "\n") {
			lines = append(lines, line{text: text, colour: "#79c0ff"})
		}
		for text := range strings.Lines(run(command)) {
			lines = append(lines, line{text: text, colour: "#e6edf3"})
		}
		lines = append(lines, line{})
	}
	want := picture(lines[:len(lines)-1])
	if *update {
		writeFile(t, "docs/images/query.svg", want)
	} else if got := readFile(t, "docs", "images", "query.svg"); got != want {
		t.Error("docs/images/query.svg is not what the command prints; run go test ./internal/test/docs -update")
	}
}

// shell returns a function that runs a shell line with it.
func shell(t *testing.T) (run func(line string) string) {
	t.Helper()
	command := rig.Command(t)
	return func(line string) string {
		t.Helper()
		shell := exec.CommandContext(t.Context(), "sh", "-c", strings.ReplaceAll(line, "bin/ssmassoc", command))
		out, err := shell.Output()
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		return string(out)
	}
}

// line is a line of a terminal.
type line struct{ text, colour string }

// The geometry of a picture, in pixels.
const (
	characterWidth = 8
	lineHeight     = 19
	margin         = 20
	titleBar       = 36
)

// picture draws a terminal as an SVG image.
func picture(lines []line) string {
	columns := 0
	for _, l := range lines {
		columns = max(columns, utf8.RuneCountInString(strings.TrimRight(l.text, " \n")))
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d">
<rect width="%[1]d" height="%[2]d" rx="10" fill="#0d1117"/>
<circle cx="24" cy="22" r="6" fill="#ff5f57"/>
<circle cx="44" cy="22" r="6" fill="#febc2e"/>
<circle cx="64" cy="22" r="6" fill="#28c840"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13">
`, 2*margin+characterWidth*columns, titleBar+2*margin+lineHeight*len(lines))
	for i, l := range lines {
		text := strings.TrimRight(l.text, " \n")
		indent := len(text) - len(strings.TrimLeft(text, " "))
		if text = text[indent:]; text == "" {
			continue
		}
		// The length of the text keeps columns aligned in any font.
		fmt.Fprintf(&b, `<text x="%d" y="%d" textLength="%d" lengthAdjust="spacingAndGlyphs" `+
			`xml:space="preserve" fill="%s">%s</text>`+"\n",
			margin+characterWidth*indent, titleBar+margin+lineHeight*i, characterWidth*utf8.RuneCountInString(text),
			l.colour, html.EscapeString(text))
	}
	b.WriteString("</g>\n</svg>\n")
	return b.String()
}
