package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"steampipe-plugin-ssmassoc/internal/embedded"
)

// pluginName is the plugin's short name in .spc files.
const pluginName = "ssmassoc"

// maxConfigMB is the largest configuration that is read. It has room for some
// thousand connections; parsing takes up to 400 times its size.
const maxConfigMB = 2

// configuredConnections returns the connections of the given .spc file, or the
// one of the given name, or the members of the aggregator of that name. With no
// file given it is that of Steampipe's installation, and where there is none
// either, one connection that leaves everything to the AWS SDK's defaults.
func configuredConnections(ctx context.Context, file, name string) ([]embedded.Connection, error) {
	given := file != ""
	if !given {
		file = installedConfig()
	}
	source, err := readFile(ctx, file, maxConfigMB)
	if !given && errors.Is(err, fs.ErrNotExist) {
		if name != "" && name != pluginName {
			return nil, fmt.Errorf("no connection %q: there is no %s", name, file)
		}
		return []embedded.Connection{{Name: pluginName}}, nil
	}
	switch {
	case errors.Is(err, errTooLong):
		return nil, fmt.Errorf("read the configuration: %s is larger than %d MB; it must be a file with connections",
			file, maxConfigMB)
	case err != nil:
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	config, err := embedded.ParseConfig(file, source, pluginName)
	if err != nil {
		return nil, err
	}
	return config.Select(name)
}

// installedConfig is where Steampipe keeps the plugin's configuration.
func installedConfig() string {
	directory := os.Getenv("STEAMPIPE_INSTALL_DIR")
	if directory == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		directory = filepath.Join(home, ".steampipe")
	}
	return filepath.Join(directory, "config", pluginName+".spc")
}
