package attach

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// ErrNoFiles is the error of a folder without files to read.
var ErrNoFiles = errors.New("holds no files of data")

// nullPartition stands for null in the names of Hive's folders.
const nullPartition = "__HIVE_DEFAULT_PARTITION__"

// readFolder reads a folder as export writes it. If it holds files, or folders of
// partitions (COLUMN=VALUE), it is a table; else each of its folders is, named
// NAME_FOLDER. Names that begin with _ or a dot are left out.
func readFolder(in input) ([]Table, error) {
	entries, err := visible(in.File)
	if err != nil {
		return nil, err
	}
	var folders []string
	for _, entry := range entries {
		if entry.IsDir() && !strings.Contains(entry.Name(), "=") {
			folders = append(folders, entry.Name())
		}
	}
	switch {
	case len(folders) == 0:
		table, err := in.folderTable(in.Name, in.File)
		return []Table{table}, err
	case len(folders) < len(entries):
		return nil, fmt.Errorf("%s holds the folder %s beside files; attach its folders one by one", in.File, folders[0])
	}
	var tables []Table
	for _, folder := range folders {
		table, err := in.folderTable(in.Name+"_"+folder, filepath.Join(in.File, folder))
		if err != nil {
			return nil, err
		}
		tables = append(tables, table)
	}
	return tables, nil
}

// visible lists the entries of a folder that are data.
func visible(folder string) ([]fs.DirEntry, error) {
	entries, err := os.ReadDir(folder)
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool {
		return strings.HasPrefix(e.Name(), "_") || strings.HasPrefix(e.Name(), ".")
	}), err
}

// part is a file of a table that is a folder.
type part struct {
	Table
	partition partition
}

// partition is the value of each column that the folders of a file name: a text, or nil
// for null.
type partition []struct {
	column string
	value  any
}

func (p partition) has(column string) bool {
	for _, of := range p {
		if strings.EqualFold(of.column, column) {
			return true
		}
	}
	return false
}

// with returns the partition of a folder within.
func (p partition) with(folder string) (partition, error) {
	column, text, ok := strings.Cut(folder, "=")
	switch {
	case !ok || column == "":
		return nil, errors.New("its name is not that of a partition, COLUMN=VALUE")
	case p.has(column):
		return nil, fmt.Errorf("the column %s is that of a folder around it, too", column)
	}
	var value any
	if text != nullPartition {
		unescaped, err := url.PathUnescape(text)
		if err != nil {
			unescaped = text
		}
		value = unescaped
	}
	return append(slices.Clone(p), partition{{column, value}}...), nil
}

// folderTable reads the files of a folder as one table. It has the columns of all, then
// those of the partitions, which are texts.
func (in input) folderTable(name, folder string) (Table, error) {
	parts, err := in.parts(folder, nil)
	if err != nil {
		return Table{}, err
	}
	if len(parts) == 0 {
		return Table{}, fmt.Errorf("%s %w", folder, ErrNoFiles)
	}
	columns, partitions := union{}, union{}
	for _, p := range parts {
		for _, of := range p.partition {
			partitions.add(embedded.Column{Name: of.column}, true)
		}
	}
	for _, p := range parts {
		for i, c := range p.Columns {
			if partitions.index(c.Name) < 0 {
				columns.add(c, p.valueless == nil || !p.valueless[i])
			}
		}
	}
	for _, c := range partitions.columns {
		columns.add(c, true)
	}
	switch {
	case len(columns.columns) == 0:
		return Table{}, fmt.Errorf("%s: %w", folder, errNoColumns)
	case len(columns.columns) > maxColumns:
		return Table{}, fmt.Errorf("%s: %w", folder, errManyColumns)
	}
	rows := func(send func([]any) error) error {
		for _, p := range parts {
			if err := p.rowsOf(&columns, send); err != nil {
				return err
			}
		}
		return nil
	}
	table := embedded.Table{Name: name, Description: describe(folder), Columns: columns.columns}
	return Table{Table: table, Rows: rows}, nil
}

// parts opens the files of a folder and of the folders of partitions in it.
func (in input) parts(folder string, around partition) ([]part, error) {
	entries, err := visible(folder)
	if err != nil {
		return nil, err
	}
	var parts []part
	for _, entry := range entries {
		path := filepath.Join(folder, entry.Name())
		if !entry.IsDir() {
			table, err := in.file(path)
			if err != nil {
				return nil, err
			}
			parts = append(parts, part{table, around})
			continue
		}
		within, err := around.with(entry.Name())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if last := within[len(within)-1]; in.Keep != nil && !in.Keep(last.column, last.value) {
			continue
		}
		more, err := in.parts(path, within)
		if err != nil {
			return nil, err
		}
		parts = append(parts, more...)
	}
	return parts, nil
}

// file opens a file of a folder. One without rows may be without columns, too.
func (in input) file(path string) (Table, error) {
	in.File = path
	format, err := formatOf(in.Source)
	switch {
	case err != nil:
		return Table{}, err
	case format.whole:
		return Table{}, fmt.Errorf("%s has tables of its own; attach it by itself", path)
	}
	if header := true; in.Options.Header == nil {
		in.Options.Header = &header // nobody could answer for each file
	}
	tables, err := open(in)
	if errors.Is(err, errNoColumns) {
		return Table{Rows: func(func([]any) error) error { return nil }}, nil
	}
	if err != nil {
		return Table{}, err
	}
	return tables[0], nil
}

// union is the columns of several files, each with a kind for the values of all.
type union struct {
	columns []embedded.Column
	known   []bool // whether a file has values of the column
}

func (u *union) index(name string) int {
	return slices.IndexFunc(u.columns, func(c embedded.Column) bool { return strings.EqualFold(c.Name, name) })
}

func (u *union) add(c embedded.Column, hasValues bool) {
	i := u.index(c.Name)
	switch {
	case i < 0:
		u.columns, u.known = append(u.columns, embedded.Column{Name: c.Name, Kind: c.Kind}), append(u.known, hasValues)
	case !hasValues:
	case !u.known[i]:
		u.columns[i].Kind, u.known[i] = c.Kind, true
	default:
		u.columns[i].Kind = common(u.columns[i].Kind, c.Kind)
	}
}

// common returns the kind for values of two kinds.
func common(a, b embedded.Kind) embedded.Kind {
	number := func(k embedded.Kind) bool {
		return k == embedded.Int || k == embedded.Double || k == embedded.Number
	}
	switch {
	case a == b:
		return a
	case number(a) && number(b):
		return embedded.Number
	case a == embedded.JSON || b == embedded.JSON:
		return embedded.JSON
	}
	return embedded.Text
}

// rowsOf passes the file's rows to send, with the columns of the table.
func (p part) rowsOf(table *union, send func([]any) error) error {
	places := make([]int, len(p.Columns)) // in the table; -1 for none
	for i, c := range p.Columns {
		places[i] = -1
		if !p.partition.has(c.Name) {
			places[i] = table.index(c.Name)
			p.Columns[i].Kind = table.columns[places[i]].Kind // to which Rows converts texts
		}
	}
	values := make([]any, len(table.columns))
	for _, of := range p.partition {
		values[table.index(of.column)] = of.value
	}
	return p.Rows(func(row []any) error {
		for i, v := range row {
			if to := places[i]; to >= 0 {
				values[to] = ofKind(v, table.columns[to].Kind)
			}
		}
		return send(values)
	})
}

// ofKind returns a value as one of a column's kind; SQLite converts numbers.
func ofKind(value any, kind embedded.Kind) any {
	if b, ok := value.(bool); ok && kind != embedded.Bool {
		return strconv.FormatBool(b)
	}
	return value
}
