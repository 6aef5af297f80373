package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"steampipe-plugin-ssmassoc/internal/sql/spc"
)

// maxConfigMB limits the size of all files of a configuration together, since parsing takes
// some 60 times as much memory. It allows 10,000 connections with roles and regions.
const maxConfigMB = 4

// configDirectory is where Steampipe keeps its configuration, or "" if there is no home
// directory.
func configDirectory() string {
	directory := os.Getenv("STEAMPIPE_INSTALL_DIR")
	if directory == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		directory = filepath.Join(home, ".steampipe")
	}
	return filepath.Join(directory, "config")
}

// readConfig reads the configuration of the plugin from a file or, as Steampipe does,
// from all files of a folder that end in .spc.
func readConfig(ctx context.Context, place string) (*spc.Config, error) {
	names, err := configFiles(place)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	var files []spc.File
	size := 0
	for _, name := range names {
		source, err := readFile(ctx, name, maxConfigMB)
		if size += len(source); errors.Is(err, errTooLong) || size > maxConfigMB<<20 {
			return nil, tooLarge(place, len(names))
		}
		if err != nil {
			return nil, fmt.Errorf("read the configuration: %w", err)
		}
		files = append(files, spc.File{Name: name, Source: source})
	}
	return spc.Parse(place, files, pluginName)
}

func tooLarge(place string, files int) error {
	if files == 1 {
		return fmt.Errorf("read the configuration: %s is larger than %d MB; it must be a file with connections",
			place, maxConfigMB)
	}
	return fmt.Errorf("read the configuration: the %d .spc files in %s are larger than %d MB together; "+
		"move those of other plugins elsewhere, or name one with --config", files, place, maxConfigMB)
}

// configFiles returns the names of the files of a configuration, sorted.
func configFiles(place string) ([]string, error) {
	if info, err := os.Stat(place); err != nil || !info.IsDir() {
		return []string{place}, nil // reading it reports an error
	}
	entries, err := os.ReadDir(place)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), ".spc") && entry.Type() != fs.ModeDir {
			names = append(names, filepath.Join(place, entry.Name()))
		}
	}
	return names, nil
}

// installedConfig reads the configuration of Steampipe's installation; it is empty if
// there is none.
func installedConfig(ctx context.Context) (*spc.Config, error) {
	place := configDirectory()
	if _, err := os.Stat(place); errors.Is(err, fs.ErrNotExist) {
		return spc.Parse(place, nil, pluginName)
	}
	return readConfig(ctx, place)
}

// hasOwnFile reports whether Steampipe's installation has a file named after the plugin.
func hasOwnFile() bool {
	_, err := os.Stat(filepath.Join(configDirectory(), pluginName+".spc"))
	return err == nil
}
