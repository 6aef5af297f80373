package timestamp

import "time"

// plainForm is the form of formatted times with a year of four digits, without the
// fraction of a second.
const plainForm = "0000-00-00T00:00:00"

// isPlain reports whether a text is a time as Format writes it, of a year of four
// digits. Most times are, and need no closer look.
func isPlain[T string | []byte](text T) bool {
	n := len(plainForm)
	if len(text) <= n || text[len(text)-1] != 'Z' {
		return false
	}
	for i := range n {
		if c := text[i]; plainForm[i] == '0' && !isDigit(c) || plainForm[i] != '0' && c != plainForm[i] {
			return false
		}
	}
	two := func(i int) int { return int(text[i]-'0')*10 + int(text[i+1]-'0') }
	year, month, day := two(0)*100+two(2), two(5), two(8)
	return year > 0 && 1 <= month && month <= 12 && 1 <= day && day <= daysIn(year, time.Month(month)) &&
		two(11) < 24 && two(14) < 60 && two(17) < 60 && isFraction(text[n:len(text)-1])
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isFraction reports whether a text is nothing, or a point and digits of which the
// last is not 0.
func isFraction[T string | []byte](text T) bool {
	if len(text) == 0 {
		return true
	}
	for i := 1; i < len(text); i++ {
		if !isDigit(text[i]) {
			return false
		}
	}
	const nanoseconds = 9
	return text[0] == '.' && len(text) > 1 && len(text) <= 1+nanoseconds && text[len(text)-1] != '0'
}

// daysIn returns the number of days of a month.
func daysIn(year int, month time.Month) int {
	switch month {
	case time.April, time.June, time.September, time.November:
		return 30
	case time.February:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// parsePlain parses plain times and those of SQLite's datetime(), without the means
// that other forms need.
func parsePlain(text string) (time.Time, bool) {
	if len(text) == len(plainForm) && text[10] == ' ' {
		text = text[:10] + "T" + text[11:] + "Z"
	}
	if !isPlain(text) {
		return time.Time{}, false
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	return t, err == nil
}
