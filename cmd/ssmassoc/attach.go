package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"steampipe-plugin-ssmassoc/internal/cli/termtext"
	"steampipe-plugin-ssmassoc/internal/files/attach"
	"steampipe-plugin-ssmassoc/internal/files/export"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

func (f *sourceFlags) registerAttach(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.attach, "attach", nil,
		"make a local CSV, TSV, JSON, JSON lines, Parquet or SQLite file a table, as in `NAME=FILE`, or those of "+
			"a folder of export, as in NAME=DIR; options follow a comma, as in NAME=FILE,header=false; may be repeated")
}

// attachTo attaches the files to a database as tables. It says what first lines were
// taken for on stderr, unless that is nil: on a terminal, and where there is a doubt.
func (f *sourceFlags) attachTo(ctx context.Context, db *embedded.DB, stderr io.Writer) error {
	for _, text := range f.attach {
		source, err := attach.Parse(text)
		if err != nil {
			return err
		}
		if stderr != nil {
			warnOfIncomplete(stderr, source)
		}
		tables, err := attach.Open(ctx, source, embedded.Options{MemoryMB: f.memoryMB})
		if err != nil {
			return err
		}
		if h := tables[0].Header; h != nil && stderr != nil && (h.Doubt != "" || isTerminal(os.Stderr)) {
			fmt.Fprintln(stderr, termtext.Message(fmt.Sprintf("attach %s: %s", source.Name, h)))
		}
		for i := range tables {
			if err := db.Attach(ctx, &tables[i].Table, tables[i].Rows); err != nil {
				return err
			}
		}
	}
	return nil
}

// warnOfIncomplete says which exports to a folder, or to the one around it, are not
// complete: their files may lack rows.
func warnOfIncomplete(stderr io.Writer, source attach.Source) {
	if info, err := os.Stat(source.File); err != nil || !info.IsDir() {
		return
	}
	for _, folder := range []string{source.File, filepath.Dir(filepath.Clean(source.File))} {
		manifests, err := export.ReadManifests(folder)
		if err != nil {
			fmt.Fprintln(stderr, "warning: "+termtext.Message(fmt.Sprintf("attach %s: %v", source.Name, err)))
		}
		for _, m := range manifests {
			if m.Status != export.Complete {
				fmt.Fprintln(stderr, "warning: "+termtext.Message(fmt.Sprintf(
					"attach %s: the export of %s to %s is %s, so that rows may be missing; complete it with --resume",
					source.Name, m.Day, folder, m.Status)))
			}
		}
		if len(manifests) > 0 {
			return
		}
	}
}
