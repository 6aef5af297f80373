package atomicfile

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Names of temporary files are .ssmassoc-HOST-RANDOM.tmp.
const prefix, suffix = ".ssmassoc-", ".tmp"

var names = regexp.MustCompile(`^\.ssmassoc-([0-9a-f]{12})-[A-Z2-7]{26}\.tmp$`)

// strayAge is the time without a change after which a file of another machine counts as
// left, if it is not locked: locks need not reach across a shared file system.
const strayAge = 24 * time.Hour

// Sweep removes the temporary files and folders that killed processes left in a
// directory: those of this machine that no process has locked, and those of another if
// they have also not changed for a day. It passes over what it may not remove.
func Sweep(directory string) {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return // writing there will say why
	}
	for _, entry := range entries {
		name := names.FindStringSubmatch(entry.Name())
		if name == nil || !entry.Type().IsRegular() && !entry.IsDir() {
			continue
		}
		info, err := entry.Info()
		if err != nil || name[1] != host() && time.Since(info.ModTime()) < strayAge {
			continue
		}
		removeLeft(filepath.Join(directory, entry.Name()), info)
	}
}

// host identifies the running system: processes with the same one see each other's locks.
var host = sync.OnceValue(func() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id") // the same in all containers
	if err != nil {
		name, _ := os.Hostname()
		id = []byte(name)
	}
	sum := sha256.Sum256([]byte(strings.TrimSpace(string(id))))
	return hex.EncodeToString(sum[:6])
})
