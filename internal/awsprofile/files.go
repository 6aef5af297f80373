package awsprofile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
)

// Environment looks up an environment variable, as os.LookupEnv does.
type Environment func(name string) (value string, found bool)

// get returns the value of the first variable that is set to something.
func (e Environment) get(names ...string) (value, name string) {
	for _, name := range names {
		if value, _ := e(name); value != "" {
			return value, name
		}
	}
	return "", ""
}

// files holds what the shared files say, as botocore.session.Session.full_config does.
type files struct {
	profiles    map[string]section // of both files; the credentials file comes first
	config      map[string]section // the profiles of the configuration file alone
	credentials map[string]section // the sections of the credentials file
	sessions    map[string]section // [sso-session NAME]
	services    map[string]section // [services NAME]

	configPath, credentialsPath string
}

// readFiles reads the shared files. A file that does not exist is empty.
func readFiles(env Environment) (*files, error) {
	f := &files{
		profiles: map[string]section{}, config: map[string]section{},
		sessions: map[string]section{}, services: map[string]section{},
	}
	var err error
	f.configPath = env.path("~/.aws/config", "AWS_CONFIG_FILE")
	sections, err := readFile(f.configPath)
	if err != nil {
		return nil, err
	}
	f.sort(sections)
	f.credentialsPath = env.path("~/.aws/credentials", "AWS_SHARED_CREDENTIALS_FILE")
	if f.credentials, err = readFile(f.credentialsPath); err != nil {
		return nil, err
	}
	for name, settings := range f.config {
		f.profiles[name] = settings
	}
	for name, settings := range f.credentials {
		f.profiles[name] = merged(f.profiles[name], settings)
	}
	return f, nil
}

// sort puts the sections of the configuration file where they belong, by their headers:
// botocore.configloader.build_profile_map.
func (f *files) sort(sections map[string]section) {
	for header, settings := range sections {
		kind := f.config
		switch {
		case header == "default":
			if _, quoted := f.config[header]; !quoted {
				f.config[header] = settings
			}
			continue
		case strings.HasPrefix(header, "profile"):
		case strings.HasPrefix(header, "sso-session"):
			kind = f.sessions
		case strings.HasPrefix(header, "services"):
			kind = f.services
		default:
			continue
		}
		if words, err := Words(header); err == nil && len(words) == 2 {
			kind[words[1]] = settings
		}
	}
}

// readFile reads the sections of a file.
func readFile(path string) (map[string]section, error) {
	info, err := os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil || !info.Mode().IsRegular() {
		return nil, nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	sections, err := parseINI(string(content))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return sections, nil
}

// path returns the path in a variable, or else a default, with variables and ~ replaced.
func (e Environment) path(otherwise, variable string) string {
	path, _ := e.get(variable)
	if path == "" {
		path = otherwise
	}
	return e.expand(path)
}

var variable = regexp.MustCompile(`\$(\w+|\{[^}]*\})`)

// expand replaces $NAME, ${NAME}, ~ and ~USER in a path, as os.path.expandvars and
// os.path.expanduser of Python do. What it does not know stays as it is.
func (e Environment) expand(path string) string {
	path = variable.ReplaceAllStringFunc(path, func(found string) string {
		if value, known := e(strings.Trim(found, "${}")); known {
			return value
		}
		return found
	})
	if !strings.HasPrefix(path, "~") {
		return path
	}
	name, rest := path[1:], ""
	if i := strings.IndexFunc(path, func(c rune) bool { return c < 0x80 && os.IsPathSeparator(byte(c)) }); i >= 0 {
		name, rest = path[1:i], path[i+1:]
	}
	home := e.home(name)
	if home == "" {
		return path
	}
	return filepath.Join(home, rest)
}

// home returns the home directory of a user, by default the present one, or "".
func (e Environment) home(name string) string {
	if name != "" {
		if other, err := user.Lookup(name); err == nil {
			return other.HomeDir
		}
		return ""
	}
	if home, _ := e.get("HOME", "USERPROFILE"); home != "" {
		return home
	}
	if present, err := user.Current(); err == nil {
		return present.HomeDir
	}
	return ""
}
