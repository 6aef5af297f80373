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
		profiles: map[string]section{}, config: map[string]section{}, credentials: map[string]section{},
		sessions: map[string]section{}, services: map[string]section{},
	}
	sections, path, err := env.readFile("~/.aws/config", "AWS_CONFIG_FILE")
	if f.configPath = path; err != nil {
		return nil, err
	}
	f.sort(sections)
	sections, f.credentialsPath, err = env.readFile("~/.aws/credentials", "AWS_SHARED_CREDENTIALS_FILE")
	if err != nil {
		return nil, err
	}
	for _, s := range sections {
		f.credentials[s.header] = s.settings
	}
	for name, settings := range f.config {
		f.profiles[name] = settings
	}
	for name, settings := range f.credentials {
		f.profiles[name] = merged(f.profiles[name], settings)
	}
	return f, nil
}

// sort puts the sections of the configuration file where they belong, by their headers. Of
// several headers with the same meaning, such as [default] and [profile default], the last
// counts: botocore.configloader.build_profile_map.
func (f *files) sort(sections []namedSection) {
	for _, s := range sections {
		kind := f.config
		switch {
		case s.header == "default":
			f.config[s.header] = s.settings
			continue
		case strings.HasPrefix(s.header, "profile"):
		case strings.HasPrefix(s.header, "sso-session"):
			kind = f.sessions
		case strings.HasPrefix(s.header, "services"):
			kind = f.services
		default:
			continue
		}
		if words, err := Words(s.header); err == nil && len(words) == 2 {
			kind[words[1]] = s.settings
		}
	}
}

// readFile reads the sections of the file that a variable names, or else of a default.
// A file that cannot be found or read has none: the home directory may be another user's.
// One that is named and may not be read is an error.
func (e Environment) readFile(otherwise, variable string) (sections []namedSection, path string, err error) {
	named, _ := e.get(variable)
	if path = e.expand(named); named == "" {
		path = e.expand(otherwise)
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, path, nil
	}
	content, err := os.ReadFile(path)
	switch {
	case err != nil && named != "" && errors.Is(err, fs.ErrPermission):
		return nil, path, fmt.Errorf("%s: %w", variable, err)
	case err != nil:
		return nil, path, nil
	}
	if sections, err = parseINI(string(content)); err != nil {
		return nil, path, fmt.Errorf("%s: %w", path, err)
	}
	return sections, path, nil
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
