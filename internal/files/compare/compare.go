// Package compare tells what differs between two days of exports: what fails now and did
// not, what no longer does, and which nodes and associations came and went.
package compare

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"steampipe-plugin-ssmassoc/internal/files/engines"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// Kinds of change, in the order in which they are told.
const (
	NewFailure   = "new failure"
	NotInNew     = "region not in NEW"
	NoLonger     = "no longer reported"
	Inconclusive = "inconclusive"
	StillFailing = "still failing"
	Fixed        = "fixed"
	NotInOld     = "region not in OLD"
)

// Changes lists the kinds of change in the order in which they are told.
var Changes = []string{
	NewFailure, NotInNew, NoLonger, Inconclusive, StillFailing, Fixed, NotInOld,
	"node appeared", "node gone", "association appeared", "association gone",
}

// Select is the statement that returns the changes after [Load].
var Select = "select change, account_id, region, instance_id, association_id, association_name, document, " +
	"old_status, new_status, failing_since from ssm_change order by " + position() +
	", account_id, region, instance_id, association_name, association_id"

func position() string {
	var b strings.Builder
	b.WriteString("case change")
	for i, change := range Changes {
		fmt.Fprintf(&b, " when '%s' then %d", change, i)
	}
	return b.String() + " end"
}

//go:embed compare.sql
var statements string

// Side is a day of an export.
type Side struct {
	Folder string
	Day    string // empty for the newest
}

var day = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)

// ParseSide parses DIR or DIR@DAY.
func ParseSide(text string) (Side, error) {
	side := Side{Folder: text}
	if i := strings.LastIndexByte(text, '@'); i > 0 && day.MatchString(text[i+1:]) {
		side = Side{Folder: text[:i], Day: text[i+1:]}
	}
	info, err := os.Stat(side.Folder)
	switch {
	case err != nil && strings.HasPrefix(text, "s3://"):
		return side, fmt.Errorf("%s is in S3; copy it here first, as with aws s3 sync", side.Folder)
	case err != nil:
		return side, err
	case !info.IsDir():
		return side, fmt.Errorf("%s is not a folder; name one that export has written", side.Folder)
	}
	return side, nil
}

// Days are what is compared.
type Days struct {
	Old, New Side
	// Earlier are the days before, by which failures are dated.
	earlier []Side
}

// Choose completes the days: of a side without one its newest, and of an export alone its
// newest two.
func Choose(older Side, newer *Side) (Days, error) {
	if newer == nil {
		newer = &Side{Folder: older.Folder}
	}
	same := filepath.Clean(newer.Folder) == filepath.Clean(older.Folder)
	days := Days{Old: older, New: *newer}
	all, err := daysOf(days.New.Folder)
	if err != nil {
		return days, err
	}
	if err := days.New.choose(all); err != nil {
		return days, err
	}
	before := all
	if !same {
		if before, err = daysOf(days.Old.Folder); err != nil {
			return days, err
		}
	} else if days.Old.Day == "" {
		before = before[:slices.Index(before, days.New.Day)]
		if len(before) == 0 {
			return days, fmt.Errorf("%s has no day before %s to compare it with", days.New.Folder, days.New.Day)
		}
	}
	if err := days.Old.choose(before); err != nil {
		return days, err
	}
	if same && days.Old.Day >= days.New.Day {
		return days, fmt.Errorf("%s is not after %s; name the older day first", days.New.Day, days.Old.Day)
	}
	for _, d := range all {
		if d < days.New.Day && (!same || d != days.Old.Day) {
			days.earlier = append(days.earlier, Side{days.New.Folder, d})
		}
	}
	return days, nil
}

// choose completes the day.
func (s *Side) choose(days []string) error {
	if s.Day == "" {
		s.Day = days[len(days)-1]
	}
	if !slices.Contains(days, s.Day) {
		return fmt.Errorf("%s has no export of %s; it has %s to %s", s.Folder, s.Day, days[0], days[len(days)-1])
	}
	return nil
}

// daysOf returns the days of the statuses in a folder, the oldest first.
func daysOf(folder string) ([]string, error) {
	found := map[string]bool{}
	root := filepath.Join(folder, statusTable)
	err := filepath.WalkDir(root, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			if value, ok := strings.CutPrefix(entry.Name(), "dt="); ok {
				found[value] = true
			}
		}
		return err
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s has no %s; export that table", folder, statusTable)
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, fmt.Errorf("%s has no days; export with dt among the partitions", root)
	}
	var days []string
	for d := range found {
		days = append(days, d)
	}
	slices.Sort(days)
	return days, nil
}

// Load compares two days in a database, and returns how many changes there are of each
// kind. [Select] then returns them.
func Load(ctx context.Context, db *embedded.DB, days Days, options embedded.Options) (map[string]int, error) {
	for _, t := range tables {
		if err := t.load(ctx, db, days, options); err != nil {
			return nil, err
		}
	}
	ignore := func(*embedded.Rows) error { return nil }
	if err := db.Run(ctx, engines.Spelled(statements), ignore); err != nil {
		return nil, err
	}
	counts := map[string]int{}
	err := db.Run(ctx, "select change, count(*) from ssm_change group by change", func(rows *embedded.Rows) error {
		for rows.Next() {
			counts[string(rows.Text(0))] = int(rows.Int(1))
		}
		return rows.Err()
	})
	return counts, err
}
