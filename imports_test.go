package main

import (
	"cmp"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "steampipe-plugin-ssmassoc"

// importsOf returns the imports of the packages of the module, without those of tests, by
// directory. It names packages of the module by their directories.
func importsOf(t *testing.T) map[string][]string {
	t.Helper()
	imports := map[string][]string{}
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != ".":
			_, err := os.Stat(filepath.Join(name, "go.mod"))
			if err == nil || entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		case !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		directory := filepath.ToSlash(filepath.Dir(name))
		imports[directory] = append(imports[directory], []string{}...)
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			imported = strings.TrimPrefix(imported, module+"/")
			if !slices.Contains(imports[directory], imported) {
				imports[directory] = append(imports[directory], imported)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return imports
}

// arrow is an import of one package of the module by another. The package of the
// root is called main.go.
type arrow struct{ from, to string }

func arrowsOf(imports map[string][]string) map[arrow]bool {
	arrows := map[arrow]bool{}
	for directory, imported := range imports {
		from := directory
		if directory == "." {
			from = "main.go"
		}
		for _, to := range imported {
			if _, ours := imports[to]; ours {
				arrows[arrow{from, to}] = true
			}
		}
	}
	return arrows
}

func sorted(arrows map[arrow]bool) []arrow {
	return slices.SortedFunc(maps.Keys(arrows), func(a, b arrow) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to))
	})
}

// TestTheMapEqualsTheImports compares the arrows of CONTRIBUTING.md with the code.
func TestTheMapEqualsTheImports(t *testing.T) {
	text, err := os.ReadFile("CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	drawn := map[arrow]bool{}
	for _, match := range regexp.MustCompile(`(?m)^ +(\S+) --> (\S+)$`).FindAllStringSubmatch(string(text), -1) {
		drawn[arrow{match[1], match[2]}] = true
	}
	imports := importsOf(t)
	arrows := arrowsOf(imports)
	for _, a := range sorted(arrows) {
		if !drawn[a] {
			t.Errorf("CONTRIBUTING.md: add the arrow %s --> %s", a.from, a.to)
		}
	}
	for _, a := range sorted(drawn) {
		if !arrows[a] {
			t.Errorf("CONTRIBUTING.md: remove the arrow %s --> %s", a.from, a.to)
		}
	}
	for _, directory := range slices.Sorted(maps.Keys(imports)) {
		named := strings.Contains(string(text), "`"+directory+"/`") ||
			strings.Contains(string(text), "`"+path.Base(directory)+"`")
		if directory != "." && !named {
			t.Errorf("CONTRIBUTING.md: describe %s in the table of places", directory)
		}
	}
	for _, match := range regexp.MustCompile("`([a-z0-9/]+/)`").FindAllStringSubmatch(string(text), -1) {
		if _, err := os.Stat(match[1]); err != nil && match[1] != "dist/" { // made by make snapshot
			t.Errorf("CONTRIBUTING.md: there is no %s", match[1])
		}
	}
}

// TestRoomsImportOnlyWhatTheyMay checks that no room imports packages that it must not know.
func TestRoomsImportOnlyWhatTheyMay(t *testing.T) {
	const (
		awsSDK       = "github.com/aws/"
		steampipeSDK = "github.com/turbot/"
		sqlite       = "github.com/ncruces/"
	)
	ours := []string{"ssmassoc", "internal/", "cmd/"}
	for room, never := range map[string][]string{
		".":                      {"internal/", "cmd/", awsSDK, sqlite},
		"ssmassoc":               {"internal/sql/", "internal/files/", "internal/cli/", "internal/sim/", "cmd/", sqlite},
		"internal/server":        {"ssmassoc", "internal/sql/", "internal/files/", "internal/cli/", "internal/sim/", "cmd/", sqlite},
		"internal/engine":        {"ssmassoc", "internal/server", "internal/sql/", "internal/files/", "internal/cli/", "internal/sim/", "cmd/", sqlite},
		"internal/aws":           {"ssmassoc", "internal/server", "internal/engine", "internal/sql/", "internal/files/", "internal/cli/", "internal/sim/", "cmd/", sqlite},
		"internal/aws/awsconn":   {"internal/aws/readcache"},
		"internal/aws/throttle":  ours,
		"internal/aws/readcache": append([]string{awsSDK, "github.com/aws/smithy-go", steampipeSDK}, ours...),
		"internal/sql":           {"ssmassoc", "internal/server", "internal/engine", "internal/aws/", "internal/files/", "internal/cli/", "internal/sim/", "cmd/", awsSDK},
		"internal/files":         {"internal/cli/", "internal/sim/", "cmd/"},
		"internal/cli":           {"ssmassoc", "internal/server", "internal/engine", "internal/aws/", "internal/sim/", "cmd/", awsSDK},
		"internal/sim":           {"ssmassoc", "internal/server", "internal/engine", "internal/aws/", "internal/sql/", "internal/files/", "internal/cli/", "cmd/", awsSDK, steampipeSDK, sqlite},
		"internal/sim/fleet":     {"net/http", "encoding/json", "encoding/xml"},
	} {
		for directory, imported := range importsOf(t) {
			if directory != room && !strings.HasPrefix(directory, room+"/") {
				continue
			}
			for _, name := range imported {
				for _, prefix := range never {
					if strings.HasPrefix(name, prefix) {
						t.Errorf("%s imports %s, which %s must not know", directory, name, room)
					}
				}
			}
		}
	}
}

// TestNoCycleOfRooms checks that no files of two rooms need each other, even by way of
// several packages. A room is a directory with those below it.
func TestNoCycleOfRooms(t *testing.T) {
	room := func(directory string) string {
		parts := strings.Split(directory, "/")
		return path.Join(parts[:min(len(parts), 2)]...)
	}
	needs := map[string]map[string]bool{}
	for a := range arrowsOf(importsOf(t)) {
		if from, to := room(a.from), room(a.to); from != to {
			if needs[from] == nil {
				needs[from] = map[string]bool{}
			}
			needs[from][to] = true
		}
	}
	done := map[string]bool{}
	var visit func(string, []string) error
	visit = func(one string, way []string) error {
		if slices.Contains(way, one) {
			return fmt.Errorf("a cycle of rooms: %s", strings.Join(append(way, one), " -> "))
		}
		if done[one] {
			return nil
		}
		for _, next := range slices.Sorted(maps.Keys(needs[one])) {
			if err := visit(next, append(slices.Clone(way), one)); err != nil {
				return err
			}
		}
		done[one] = true
		return nil
	}
	for one := range needs {
		if err := visit(one, nil); err != nil {
			t.Error(err)
		}
	}
}

// TestTheTablesAreFew keeps ssmassoc/ a folder to read from top to bottom: what runs a
// table belongs into internal/engine.
func TestTheTablesAreFew(t *testing.T) {
	entries, err := os.ReadDir("ssmassoc")
	if err != nil {
		t.Fatal(err)
	}
	tables, others := 0, 0
	for _, entry := range entries {
		if name := entry.Name(); strings.HasPrefix(name, "table_") && !strings.HasSuffix(name, "_test.go") {
			tables++
		} else {
			others++
		}
	}
	if most := 11; others > most {
		t.Errorf("ssmassoc has %d files beside those of its %d tables, more than %d", others, tables, most)
	}
}
