package timestamp

import (
	"strings"
	"time"
)

var (
	offset = pattern(` *([+-])([0-9]{1,2})(?::([0-9]{1,2})(?::([0-9]{1,2}))?|([0-9]{2}))?`)
	place  = pattern(` *([a-z]+(?:/[a-z0-9_+-]+)+)`)
	letter = pattern(` *([a-z]{1,4})\b`)
)

// zones are the abbreviations of one meaning everywhere, and those of RFC 5322,
// section 4.3, in hours from UTC.
var zones = map[string]int{
	"z": 0, "zulu": 0, "utc": 0, "ut": 0, "gmt": 0,
	"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}

// zone reads the zone, if there is one.
func (r *reading) zone() bool {
	if groups := r.take(offset); groups != nil {
		hours, minutes, seconds := number(groups[2]), number(either(groups[3], groups[5])), number(groups[4])
		r.offset = time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute + time.Duration(seconds)*time.Second
		if groups[1] == "-" {
			r.offset = -r.offset
		}
		return hours < 16 && minutes < 60 && seconds < 60
	}
	if groups := r.take(place); groups != nil {
		location, err := time.LoadLocation(groups[1])
		if err != nil {
			r.problem = "the time zone " + groups[1] + " is unknown here"
		}
		r.location = location
		return err == nil
	}
	before := r.text
	if groups := r.take(letter); groups != nil {
		hours, known := zones[strings.ToLower(groups[1])]
		if known {
			r.offset = time.Duration(hours) * time.Hour
			return true
		}
		r.text = before // maybe an era
		if !era.MatchString(before) {
			r.problem = "the time zone " + groups[1] + " has no single meaning"
			return false
		}
	}
	return true
}

// within returns the time at which the clocks of the zone show what those of UTC show
// at local. Where clocks are turned, there may be none or two.
func (r *reading) within(local time.Time) (time.Time, bool) {
	var found []time.Time
	for _, near := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		_, east := local.Add(near).In(r.location).Zone()
		t := local.Add(-time.Duration(east) * time.Second)
		_, at := t.In(r.location).Zone()
		if at == east && (len(found) == 0 || !found[0].Equal(t)) {
			found = append(found, t)
		}
	}
	if len(found) != 1 {
		r.problem = "clocks are turned then; give the offset from UTC"
		return time.Time{}, false
	}
	return found[0], true
}
