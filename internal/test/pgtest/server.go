// Package pgtest runs tests on a real PostgreSQL over tables of exactly the
// plugin's schema, as the Steampipe CLI would show them.
//
// A package of tests starts one private server, when its first test opens a
// database; nothing but a Unix socket in a folder of its own leads to it. Each
// test has a database of its own:
//
//	func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
//
//	func TestQuery(t *testing.T) {
//		pg := pgtest.Open(t)
//		err := pg.Mirror(t.Context(), db) // the plugin's tables
//		rows, err := pg.Query(t.Context(), "select ... = any ($1)", []string{"a", "b"})
//	}
package pgtest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Timeouts of the server, which is slow to start while a machine compiles on
// all cores.
const (
	initTimeout = 2 * time.Minute
	stopTimeout = 20 * time.Second
)

// shared is the server of all tests of the process, from the first Open to the
// end of Main. It is global since tests share nothing else.
var shared struct {
	sync.Mutex
	running bool // whether Main is running
	started bool
	server  *server
	err     error
}

// Main runs the tests of a package and stops the server if they started it. It
// returns the exit code.
//
// The user's own PostgreSQL settings (PGHOST, PGSERVICE and the like) affect
// neither the server nor the tests.
func Main(m *testing.M) int {
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "PG") && name != binariesVariable {
			_ = os.Unsetenv(name)
		}
	}
	shared.running = true
	code := m.Run()
	if shared.server != nil {
		if err := shared.server.stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	return code
}

// sharedServer returns the server, starting it on the first call.
func sharedServer() (*server, error) {
	shared.Lock()
	defer shared.Unlock()
	if !shared.running {
		return nil, errors.New("the package's TestMain must run its tests with pgtest.Main")
	}
	if !shared.started {
		shared.started = true
		shared.server, shared.err = start()
	}
	return shared.server, shared.err
}

// server is a running PostgreSQL.
type server struct {
	folder string // for its data, log and socket
	shell  *exec.Cmd
	input  io.Closer // closing it stops the server
	stderr *bytes.Buffer
}

// supervise is a shell script that runs the server while its standard input is
// open, so that no server and no folder remain even if the tests are killed.
// Its arguments are the folder of the binaries and the folder of the server.
const supervise = `
trap '' HUP INT TERM
"$1/pg_ctl" start --silent --wait --timeout=60 --pgdata="$2/data" --log="$2/log" || exit
echo ready
read -r _
"$1/pg_ctl" stop --silent --wait --timeout=10 --mode=immediate --pgdata="$2/data"
stopped=$?
rm -rf "$2"
exit $stopped
`

// start creates a database cluster and starts a server on it.
func start() (*server, error) {
	bin, err := binaries.Find()
	if err != nil {
		return nil, err
	}
	// Neither TMPDIR nor the test's temporary folder: the path of a socket is
	// limited to about 100 bytes.
	folder, err := os.MkdirTemp("/tmp", "pgtest")
	if err != nil {
		return nil, fmt.Errorf("make a folder for PostgreSQL: %w", err)
	}
	s := &server{folder: folder}
	if err := s.start(bin); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return s, nil
}

func (s *server) start(bin string) error {
	owner, err := giveAway(s.folder)
	if err != nil {
		return fmt.Errorf("give the folder of PostgreSQL to a user: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), initTimeout)
	defer cancel()
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "--pgdata="+filepath.Join(s.folder, "data"),
		"--auth=trust", "--username="+superuser, "--encoding=UTF8", "--locale=C", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = "/", owner
	if output, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, output)
	}
	if err := s.configure(); err != nil {
		return fmt.Errorf("configure PostgreSQL: %w", err)
	}

	s.stderr = &bytes.Buffer{}
	s.shell = exec.Command("/bin/sh", "-c", supervise, "sh", bin, s.folder)
	s.shell.Dir, s.shell.SysProcAttr, s.shell.Stderr = "/", owner, s.stderr
	if s.input, err = s.shell.StdinPipe(); err != nil {
		return err
	}
	output, err := s.shell.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.shell.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	if _, err := bufio.NewReader(output).ReadString('\n'); err != nil {
		err := s.shell.Wait()
		log, _ := os.ReadFile(filepath.Join(s.folder, "log"))
		return fmt.Errorf("start PostgreSQL: %w\n%s%s", err, s.stderr, log)
	}
	return nil
}

// configuration is for a server without valuable data. %s is the folder of its
// socket.
const configuration = `
listen_addresses = ''
unix_socket_directories = '%s'
timezone = 'UTC'
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
jit = off
`

func (s *server) configure() error {
	file, err := os.OpenFile(filepath.Join(s.folder, "data", "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(file, configuration, s.folder)
	return errors.Join(err, file.Close())
}

// stop ends the server and removes its folder.
func (s *server) stop() error {
	_ = s.input.Close()
	timeout := time.AfterFunc(stopTimeout, func() { _ = s.shell.Process.Kill() })
	defer timeout.Stop()
	if err := s.shell.Wait(); err != nil {
		return fmt.Errorf("stop PostgreSQL in %s: %w\n%s", s.folder, err, s.stderr)
	}
	return nil
}
