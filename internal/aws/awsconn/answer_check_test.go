package awsconn

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestCheckJSON(t *testing.T) {
	for name, test := range map[string]struct {
		body   string
		values int    // 0 where it is broken
		err    string // part of the error
	}{
		"an object":                        {body: `{}`, values: 1},
		"white space around it":            {body: " \t\r\n{}\n ", values: 1},
		"members":                          {body: `{"a":[1,2,{"b":null}],"c":"d"}`, values: 6},
		"brackets and quotes in a string":  {body: `{"a":"}]\"{"}`, values: 1},
		"escapes before the last quote":    {body: `{"a":"\\\\"}`, values: 1},
		"nothing":                          {err: "is empty"},
		"white space":                      {body: " \n", err: "is empty"},
		"an array":                         {body: `[]`, err: "not a JSON object"},
		"a byte order mark":                {body: "\ufeff{}", err: "not a JSON object"},
		"the beginning of an object":       {body: `{"a":[1`, err: "unexpected EOF"},
		"the beginning of a string":        {body: `{"a":"b\"`, err: "unexpected EOF"},
		"two objects":                      {body: `{}{}`, err: "follows"},
		"an object and a NUL":              {body: "{}\x00", err: "follows"},
		"an array that a brace closes":     {body: `{"a":[}`, err: "closes"},
		"64 levels":                        {body: strings.Repeat(`{"a":`, 63) + "[]" + strings.Repeat("}", 63), values: 64},
		"65 levels":                        {body: strings.Repeat(`{"a":`, 64) + "[]" + strings.Repeat("}", 64), err: "levels"},
		"as many values as an answer has":  {body: `{"a":[` + strings.Repeat("1,", 49_997) + `1]}`, values: 49_999},
		"more values than an answer has":   {body: `{"a":[` + strings.Repeat("1,", 60_000) + `1]}`, err: "values"},
		"as many members as an object has": {body: `{"a":[{` + strings.Repeat(`"b":1,`, 999) + `"b":1}]}`, values: 1002},
		"more members than an object has":  {body: `{"a":[{` + strings.Repeat(`"b":1,`, 1000) + `"b":1}]}`, err: "members"},
		"many escapes that lead nowhere":   {body: `{"a":"` + strings.Repeat(`\"`, 100_000), err: "unexpected EOF"},
		"many backslashes, and no string":  {body: `{"a":"` + strings.Repeat(`\\`, 100_000), err: "unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			values, err := checkJSON([]byte(test.body), pageBound.values)
			switch {
			case test.err != "":
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("error %v", err)
				}
			case err != nil || values != test.values:
				t.Errorf("%d values, error %v; want %d", values, err, test.values)
			}
		})
	}
}

// FuzzCheckJSON checks that every JSON object within the bounds is accepted. Other texts
// that the check accepts are for the SDK to refuse.
func FuzzCheckJSON(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":[1,2,{"b":"\\\""}]}`, ` {"NextToken":""} `, `[]`, `{}{}`, `{"a":"`, `{"a":1e400}`, "{\"\x00\":1}", `{"a":]}`, `{"":"\\"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		_, err := checkJSON(body, pageBound.values)
		var object map[string]json.RawMessage
		isObject := json.Unmarshal(body, &object) == nil && object != nil
		deep := bytes.Count(body, []byte("{"))+bytes.Count(body, []byte("[")) > maxDepth
		wide := bytes.Count(body, []byte(",")) >= maxMembers
		if isObject && err != nil && !deep && !wide {
			t.Errorf("refused %q: %v", body, err)
		}
		// What is cut off, or has something after it, is never accepted.
		if isObject && err == nil {
			trimmed := bytes.TrimRight(body, " \t\r\n")
			if _, err := checkJSON(trimmed[:len(trimmed)-1], pageBound.values); err == nil {
				t.Errorf("accepted the beginning of %q", body)
			}
			if _, err := checkJSON(append(bytes.Clone(body), '1'), pageBound.values); err == nil {
				t.Errorf("accepted what follows %q", body)
			}
		}
	})
}

func TestCheckXML(t *testing.T) {
	for name, test := range map[string]struct{ body, err string }{
		"a document":           {body: `<a><b>c</b></a>`},
		"a declaration":        {body: "<?xml version=\"1.0\"?>\n<a/>\n"},
		"nothing":              {err: "is empty"},
		"a text":               {body: "ok", err: "outside"},
		"half a document":      {body: "<a><b>", err: "EOF"},
		"another's end":        {body: "<a></b>", err: "closed by"},
		"two documents":        {body: "<a/><b/>", err: "follows"},
		"a text after it":      {body: "<a/>x", err: "outside"},
		"a comment alone":      {body: "<!-- a -->", err: "EOF"},
		"more than 64 levels":  {body: strings.Repeat("<a>", 65) + strings.Repeat("</a>", 65), err: "levels"},
		"entities of its own":  {body: `<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`, err: "entity"},
		"an unknown character": {body: "<a>\x00</a>", err: "character"},
	} {
		t.Run(name, func(t *testing.T) {
			err := checkXML([]byte(test.body))
			if (test.err == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("error %v, want %q", err, test.err)
			}
		})
	}
}

// FuzzReadRegions checks that any answer of EC2 is an error or names valid regions.
func FuzzReadRegions(f *testing.F) {
	for _, seed := range []string{
		`<DescribeRegionsResponse><regionInfo><item><regionName>eu-west-1</regionName></item></regionInfo></DescribeRegionsResponse>`,
		`<DescribeRegionsResponse><regionInfo><item><regionName>evil.example/?</regionName></item></regionInfo></DescribeRegionsResponse>`,
		`<Response><Errors><Error><Code>AuthFailure</Code></Error></Errors></Response>`, `<a`, ``,
	} {
		f.Add(200, []byte(seed))
		f.Add(403, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		names, err := readRegions(status, body)
		if status != 200 && err == nil {
			t.Errorf("status %d did not fail", status)
		}
		for _, name := range names {
			if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
				t.Errorf("%q is not a valid region", name)
			}
		}
	})
}

func BenchmarkCheckJSON(b *testing.B) {
	item := `{"AssociationId":"1b4ae735-c058-4c72-b43f-2e263a342851","AssociationName":"patching","AssociationVersion":"1","DetailedStatus":"Success","DocumentVersion":"$DEFAULT","ErrorCode":"NoError","ExecutionDate":1.7670954e9,"ExecutionSummary":"1 out of 1 plugin processed, 1 success, 0 failed, 0 timedout, 0 skipped. ","InstanceId":"i-0b31a4f0c6a7d9e52","Name":"AWS-RunPatchBaseline","OutputUrl":{"S3OutputUrl":{"OutputUrl":"https://s3.us-east-1.amazonaws.com/bucket/prefix/i-0b31a4f0c6a7d9e52/1b4ae735"}},"Status":"Success"}`
	body := []byte(`{"InstanceAssociationStatusInfos":[` + strings.Repeat(item+",", 49) + item + `],"NextToken":""}`)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, err := checkJSON(body, pageBound.values); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/50, "ns/row")
}
