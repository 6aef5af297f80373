package schedule

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// pick draws one of some texts.
func pick(r *rapid.T, label string, texts ...string) string {
	return rapid.SampledFrom(texts).Draw(r, label)
}

// drawRange draws an item of a field that is a number or a range, with or without a step.
func drawRange(r *rapid.T, label string, least, most int) string {
	number := rapid.IntRange(least, most)
	text := fmt.Sprint(number.Draw(r, label))
	if rapid.Bool().Draw(r, label+" is a range") {
		text += fmt.Sprintf("-%d", number.Draw(r, label+" end"))
	}
	if rapid.Bool().Draw(r, label+" has a step") {
		text += fmt.Sprintf("/%d", rapid.IntRange(1, most+2).Draw(r, label+" step"))
	}
	return text
}

// drawField draws a list of a field's items.
func drawField(r *rapid.T, label string, least, most int, special ...string) string {
	text := ""
	for i := range rapid.SampledFrom([]int{1, 1, 1, 2, 3}).Draw(r, label+" items") {
		if i > 0 {
			text += ","
		}
		if rapid.Bool().Draw(r, label+" is special") {
			text += pick(r, label, special...)
		} else {
			text += drawRange(r, label, least, most)
		}
	}
	return text
}

func drawCron(r *rapid.T) string {
	days := []string{"*", "L", "LW", "1W", "15W", "31W", "L-1", "L-2", "L-28", "L-30", "*/9", "28-31"}
	weekdays := []string{"*", "L", "MON", "1L", "5L", "FRIL", "TUE#2", "7#5", "SUN#1", "MON-FRI", "FRI-MON", "*/2", "2-6/2"}
	date, weekday := "?", "?"
	switch pick(r, "days by", "day", "weekday", "both") {
	case "day":
		date = drawField(r, "day", 1, 31, days...)
	case "weekday":
		weekday = drawField(r, "weekday", 1, 7, weekdays...)
	default:
		date, weekday = drawField(r, "day", 1, 31, days...), drawField(r, "weekday", 1, 7, weekdays...)
	}
	expression := fmt.Sprintf("%s %s %s %s %s %s",
		drawField(r, "minute", 0, 59, "0", "*", "*/20", "0/30", "5,35"), drawField(r, "hour", 0, 23, "2", "*", "*/6", "22-3"), date,
		drawField(r, "month", 1, 12, "*", "FEB", "JAN,JUL", "*/3", "NOV-FEB"), weekday,
		drawField(r, "year", 2010, 2110, "*", "*", "2020/4", "*/7", "1970", "2199"))
	if rapid.Bool().Draw(r, "has seconds") {
		expression = pick(r, "second", "0", "00", "30") + " " + expression
	}
	return "cron(" + expression + ")"
}

func drawMoment(r *rapid.T, label string) time.Time {
	moment := time.Unix(rapid.Int64Range(
		time.Date(1965, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), time.Date(2205, 1, 1, 0, 0, 0, 0, time.UTC).Unix(),
	).Draw(r, label), rapid.Int64Range(0, 999).Draw(r, label+" fraction"))
	if rapid.Bool().Draw(r, label+" is near") {
		moment = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(moment.Sub(time.Unix(0, 0)) % (5 * 365 * day))
	}
	if rapid.Bool().Draw(r, label+" is whole") {
		moment = moment.Truncate(time.Hour)
	}
	return moment.UTC()
}

// TestCronIsItsOracle compares random expressions, at random moments and at those of
// their runs, with an enumeration.
func TestCronIsItsOracle(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		expression := drawCron(r)
		days := rapid.IntRange(0, 6).Draw(r, "offset")
		offset := time.Duration(days) * day
		want, got := readOracle(t, expression), Parse(expression, days, time.Time{})
		if got == nil {
			r.Fatalf("%s is not understood", expression)
		}
		expect := func(what string, moment, got, want time.Time) {
			if !got.Equal(want) {
				r.Errorf("%s, offset %d, %s %s: got %s, want %s", expression, days, what, moment, got, want)
			}
		}
		shifted := func(run time.Time) time.Time {
			if run.IsZero() {
				return run
			}
			return run.Add(offset)
		}
		moments := []time.Time{drawMoment(r, "moment")}
		if run := got.Next(moments[0]); !run.IsZero() {
			moments = append(moments, run, run.Add(-1), run.Add(1))
		}
		for _, moment := range moments {
			expect("next after", moment, got.Next(moment), shifted(want.next(moment.Add(-offset))))
			expect("previous until", moment, got.Previous(moment), shifted(want.previous(moment.Add(-offset))))
			expect("first after a change at", moment, got.First(moment), shifted(want.next(moment)))
		}
		year := moments[0].Year()
		if got, want := got.LongestGap(moments[0]), want.gap(year-1, year+28); got != want {
			r.Errorf("%s, gap from %d: got %s, want %s", expression, year, got, want)
		}
	})
}

// TestRateIsItsOracle compares random rates with their runs, one after another.
func TestRateIsItsOracle(t *testing.T) {
	units := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": day}
	rapid.Check(t, func(r *rapid.T) {
		unit, number := pick(r, "unit", "minute", "hour", "day"), rapid.IntRange(1, 90).Draw(r, "number")
		expression := fmt.Sprintf("rate(%d %s)", number, unit)
		if number > 1 {
			expression = fmt.Sprintf("rate(%d %ss)", number, unit)
		}
		every, last := time.Duration(number)*units[unit], drawMoment(r, "last run")
		moment := last.Add(time.Duration(rapid.Int64Range(-int64(every), 50*int64(every)).Draw(r, "elapsed")))
		var previous time.Time
		next := last
		for !next.After(moment) {
			previous, next = next, next.Add(every)
		}
		got := Parse(expression, rapid.IntRange(0, 6).Draw(r, "offset"), last)
		if got == nil || got.Type() != Rate || !got.Next(moment).Equal(next) || !got.Previous(moment).Equal(previous) ||
			!got.First(moment).IsZero() || got.LongestGap(moment) != every {
			r.Fatalf("%s after %s at %s: got %+v", expression, last, moment, got)
		}
		if never := Parse(expression, 0, time.Time{}); !never.Next(moment).IsZero() || !never.Previous(moment).IsZero() {
			r.Fatalf("%s counts from no run", expression)
		}
	})
}

func TestAtRunsOnce(t *testing.T) {
	want := time.Date(2020, 7, 7, 15, 55, 0, 0, time.UTC)
	for _, expression := range []string{
		"at(2020-07-07T15:55:00)", "at(2020-07-07T15:55)", " AT( 2020-07-07t15:55:00z ) ", "at(2020-07-07T17:55:00+02:00)",
	} {
		s := Parse(expression, 3, time.Time{})
		if s == nil || s.Type() != At {
			t.Errorf("%s is not understood", expression)
			continue
		}
		for at, runs := range map[time.Time][3]time.Time{ // next, previous, first
			want.Add(-1): {want, {}, want},
			want:         {{}, want, {}},
			want.Add(1):  {{}, want, {}},
		} {
			if got := [3]time.Time{s.Next(at), s.Previous(at), s.First(at)}; got != runs || s.LongestGap(at) != 0 {
				t.Errorf("%s at %s: got %v, want %v", expression, at, got, runs)
			}
		}
	}
}

// TestWhatAWSDocuments has the runs that AWS's references state in words: of
// https://docs.aws.amazon.com/systems-manager/latest/userguide/reference-cron-and-rate-expressions.html
// and, for W, of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html.
// The moment is the first of August 2026, a Saturday.
func TestWhatAWSDocuments(t *testing.T) {
	for expression, want := range map[string]struct {
		offset int
		next   string
	}{
		"cron(0 10 * * ? *)":          {0, "2026-08-01 10:00"}, // every day
		"cron(0/30 * * * ? *)":        {0, "2026-08-01 00:30"}, // every 30 minutes
		"cron(0 */30 * * * ? *)":      {0, "2026-08-01 00:30"}, // with seconds
		"cron(0 0/8 * * ? *)":         {0, "2026-08-01 08:00"}, // every 8 hours
		"cron(1/10 * * * ? *)":        {0, "2026-08-01 00:01"}, // the 1st, 11th, 21st minute
		"cron(0 18 ? * MON-FRI *)":    {0, "2026-08-03 18:00"},
		"cron(0 8 1 * ? *)":           {0, "2026-08-01 08:00"}, // the first of the month
		"cron(15 13 ? * MON *)":       {0, "2026-08-03 13:15"},
		"cron(30 23 ? * TUE#3 *)":     {0, "2026-08-18 23:30"}, // the third Tuesday
		"cron(0 0 ? * THU#2 *)":       {0, "2026-08-13 00:00"}, // the second Thursday
		"cron(0 0 ? * 3L *)":          {0, "2026-08-25 00:00"}, // the last Tuesday
		"cron(15 10 ? * 6L *)":        {0, "2026-08-28 10:15"}, // the last Friday
		"cron(0 2 L * ? *)":           {0, "2026-08-31 02:00"}, // the last day
		"cron(0 2 3W * ? *)":          {0, "2026-08-03 02:00"}, // the weekday closest to the third
		"cron(0 2 1W * ? *)":          {0, "2026-08-03 02:00"}, // within the month
		"cron(0 2 ? JAN,FEB,MAR 2 *)": {0, "2027-01-04 02:00"},
		"cron(0 2 1 1 ? 2199)":        {0, "2199-01-01 02:00"},
		"cron(0 0 ? * THU#2 * )":      {3, "2026-08-16 00:00"}, // the Sunday after the second Thursday
		"cron(0 0 31 * ? * )":         {3, "2026-08-03 00:00"}, // after the last day of July
	} {
		s := Parse(expression, want.offset, time.Time{})
		if s == nil {
			t.Errorf("%s is not understood", expression)
		} else if got := s.Next(time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)).Format("2006-01-02 15:04"); got != want.next {
			t.Errorf("%s: got %s, want %s", expression, got, want.next)
		}
	}
	// "If you specify a cron expression that would have run yesterday and add a schedule
	// offset of two days, it will not run tomorrow", but in the next period.
	s := Parse("cron(0 0 ? * THU#2 *)", 3, time.Time{})
	if got, want := s.First(time.Date(2026, 8, 14, 0, 0, 0, 0, time.UTC)), time.Date(2026, 9, 13, 0, 0, 0, 0, time.UTC); got != want {
		t.Errorf("changed after the second Thursday: got %s, want %s", got, want)
	}
}

// TestKnownGaps has gaps that come from a calendar, not from a program.
func TestKnownGaps(t *testing.T) {
	for expression, want := range map[string]time.Duration{
		"cron(0 2 ? * TUE#2 *)":       35 * day, // the second Tuesday: 28 or 35 days
		"cron(0 0 2 ? * SUN#2 *)":     35 * day, // with seconds
		"cron(0 2 ? * 3L *)":          35 * day, // the last Tuesday
		"cron(0 2 ? * SUN *)":         7 * day,
		"cron(0 2 ? * 1 *)":           7 * day,
		"cron(0 2 ? * L *)":           7 * day,        // Saturday
		"cron(15 10 ? * MON-FRI *)":   3 * day,        // over a weekend
		"cron(15 10 ? * FRI-MON *)":   4 * day,        // Monday to Friday
		"cron(0 2 * * ? *)":           day,            //
		"cron(0/30 * * * ? *)":        time.Hour / 2,  //
		"cron(0 */7 * * ? *)":         7 * time.Hour,  // 0, 7, 14, 21
		"cron(30 8,20 * * ? *)":       12 * time.Hour, //
		"cron(0 22-2 * * ? *)":        20 * time.Hour, // 2:00 to 22:00
		"cron(0 2 1 * ? *)":           31 * day,       //
		"cron(0 2 30 * ? *)":          60 * day,       // 30 January to 30 March of a leap year
		"cron(0 2 31 * ? *)":          61 * day,       // 31 March to 31 May
		"cron(0 2 L * ? *)":           31 * day,       //
		"cron(0 2 L-3 * ? *)":         31 * day,       //
		"cron(0 2 LW * ? *)":          33 * day,       // Friday 29 to Monday 31 the month after
		"cron(0 2 15W * ? *)":         32 * day,       //
		"cron(0 2 1,15 * ? *)":        17 * day,       //
		"cron(0 2 1 1 ? *)":           366 * day,      //
		"cron(0 2 29 2 ? *)":          (4*365 + 1) * day,
		"cron(0 2 ? 1/3 MON#1 *)":     98 * day, // quarterly: 13 or 14 weeks
		"cron(0 2 1 1,7 ? 2025-2060)": 184 * day,
		"cron(0 2 30 2 ? *)":          0, // never
		"cron(0 2 1 1 ? 2030)":        0, // once
		"rate(7 days)":                7 * day,
		"at(2026-08-01T02:00:00)":     0,
	} {
		s := Parse(expression, 0, time.Time{})
		if s == nil {
			t.Errorf("%s is not understood", expression)
		} else if got := s.LongestGap(time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)); got != want {
			t.Errorf("%s: got %s, want %s", expression, got, want)
		}
	}
}

func TestNotUnderstood(t *testing.T) {
	for _, expression := range []string{
		"", "weekly", "cron", "cron(", "cron()", "cron(0 2 * *)", "cron(0 2 ? * SUN)", "cron(0 2 ? * SUN *", "cron(60 2 * * ? *)",
		"cron(0 24 * * ? *)", "cron(0 2 32 * ? *)", "cron(0 2 0 * ? *)", "cron(0 2 * 13 ? *)", "cron(0 2 ? * 8 *)", "cron(0 2 ? * 0 *)",
		"cron(0 2 ? * TUE#6 *)", "cron(0 2 ? * TUE#0 *)", "cron(0 2 ? * TUE# *)", "cron(0 2 ? * #2 *)", "cron(0 2 ? * MOO *)",
		"cron(0 2 ? * 8L *)", "cron(0 2 ? SUN * *)", "cron(0 2 * * ? 1950)", "cron(0 2 * * ? 2200)", "cron(0 2 * * ? 20260)",
		"cron(0/0 2 * * ? *)", "cron(0/ 2 * * ? *)", "cron(/5 2 * * ? *)", "cron(- 2 * * ? *)", "cron(1- 2 * * ? *)", "cron(-1 2 * * ? *)",
		"cron(+1 2 * * ? *)", "cron(0 2 L-31 * ? *)", "cron(0 2 L- * ? *)", "cron(0 2 32W * ? *)", "cron(0 2 W * ? *)", "cron(0 2 0W * ? *)",
		"cron(? 2 * * ? *)", "cron(0 2 1,? * ? *)", "cron(0,, 2 * * ? *)", "cron(*-5 2 * * ? *)", "cron(60 0 2 ? * SUN *)",
		"cron(* 0 2 ? * SUN *)", "cron(L 2 * * ? *)", "cron(0 2 TUE#2 * ? *)",
		"rate()", "rate(0 days)", "rate(1 days)", "rate(5 hour)", "rate(-1 day)", "rate(1.5 hours)", "rate(2 weeks)", "rate(days)",
		"rate(5)", "rate(5 s)", "rate(99999999999 days)", "rate(2 days 3 hours)",
		"at()", "at(now)", "at(2026-02-30T02:00:00)", "at(2026-07-01)", "at(2026-07-01T25:00:00)",
	} {
		if s := Parse(expression, 0, time.Time{}); s != nil {
			t.Errorf("%q is understood: %+v", expression, s)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("cron(0 2 ? * TUE#2 *)")
	f.Add("rate(7 days)")
	f.Add("at(2026-07-01T02:00:00)")
	moment := time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, expression string) {
		s := Parse(expression, 1, moment)
		if s == nil {
			return
		}
		next, previous, gap := s.Next(moment), s.Previous(moment), s.LongestGap(moment)
		if !next.IsZero() && !next.After(moment) || previous.After(moment) || gap < 0 {
			t.Errorf("%q: next %s, previous %s, gap %s", expression, next, previous, gap)
		}
	})
}

func BenchmarkColumns(b *testing.B) {
	now := time.Now()
	for _, expression := range []string{"cron(0 2 ? * TUE#2 *)", "cron(* * * * ? *)", "cron(0 2 30 2 ? *)", "rate(7 days)"} {
		b.Run(expression, func(b *testing.B) {
			for b.Loop() {
				s := Parse(expression, 0, now)
				s.Next(now)
				s.Previous(now)
				s.LongestGap(now)
			}
		})
	}
}
