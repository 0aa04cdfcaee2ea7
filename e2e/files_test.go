package e2e

import (
	"os"
	"path/filepath"
	"time"
)

// write puts a file into the grid's folder, executable, and gives its path.
func (g *grid) write(name, content string) string {
	g.t.Helper()
	path := filepath.Join(g.dir, name)
	g.must(os.MkdirAll(filepath.Dir(path), 0o755))
	g.must(os.WriteFile(path, []byte(content), 0o755))
	return path
}

// read gives a file's content.
func (g *grid) read(path string) string {
	g.t.Helper()
	content, err := os.ReadFile(path)
	g.must(err)
	return string(content)
}

// flip changes one byte in the middle of a file behind the back of whoever owns it:
// the file keeps its size, mode and time of change.
func (g *grid) flip(path string) {
	g.t.Helper()
	info, err := os.Stat(path)
	g.must(err)
	content := []byte(g.read(path))
	content[len(content)/2] ^= 1
	g.must(os.Chmod(path, 0o600))
	g.must(os.WriteFile(path, content, 0o600))
	g.must(os.Chmod(path, info.Mode()))
	g.must(os.Chtimes(path, info.ModTime(), info.ModTime()))
}

// waitForFile waits until a process has written a file.
func (g *grid) waitForFile(path string) {
	g.t.Helper()
	g.waitUntil("a file "+path, func() bool {
		info, err := os.Stat(path)
		return err == nil && info.Size() > 0
	})
}

// waitUntil looks until a condition holds. If it never does, the grid's own
// explanations are shown.
func (g *grid) waitUntil(what string, holds func() bool, explain ...string) {
	g.t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			why := ""
			if len(explain) > 0 {
				why = g.run(append([]string{"explain"}, explain...)...)
			}
			g.t.Fatalf("waited %s for: %s\n%s", patience, what, why)
		}
	}
}
