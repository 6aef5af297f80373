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

// maxConfigMB limits the size of a configuration. It allows some thousand connections;
// parsing takes up to 400 times its size.
const maxConfigMB = 2

// configuredConnections returns the connections of an .spc file; with a name, only that
// connection or the members of that aggregator. Without a file it reads the
// configuration of Steampipe's installation or, if there is none, returns one
// connection with the AWS SDK's defaults. schemas are those of the whole file.
func configuredConnections(ctx context.Context, file, name string,
) (connections []embedded.Connection, schemas []embedded.Schema, err error) {
	given := file != ""
	if !given {
		file = installedConfig()
	}
	source, err := readFile(ctx, file, maxConfigMB)
	if !given && errors.Is(err, fs.ErrNotExist) {
		if name != "" && name != pluginName {
			return nil, nil, fmt.Errorf("no connection %q: %s does not exist", name, file)
		}
		return []embedded.Connection{{Name: pluginName}}, nil, nil
	}
	switch {
	case errors.Is(err, errTooLong):
		return nil, nil, fmt.Errorf("read the configuration: %s is larger than %d MB; it must be a file with connections",
			file, maxConfigMB)
	case err != nil:
		return nil, nil, fmt.Errorf("read the configuration: %w", err)
	}
	config, err := embedded.ParseConfig(file, source, pluginName)
	if err != nil {
		return nil, nil, err
	}
	connections, err = config.Select(name)
	return connections, schemasOf(config), err
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
