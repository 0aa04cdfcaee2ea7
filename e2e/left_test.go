package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// checkNothingLeft stops the nodes and wants no process, mount, control group or
// folder of any attempt to be left.
func (g *grid) checkNothingLeft() {
	g.t.Helper()
	for _, n := range g.nodes {
		n.stop(os.Interrupt)
		checkNothingOf(g.t, n.dir)
		if left := sandboxes(n.init()); len(left) > 0 {
			g.t.Errorf("%s: sandboxes left: processes %v", n.name, left)
		}
	}
}

// checkNothingOf wants nothing to be left of an agent that ended, but its state.
func checkNothingOf(t *testing.T, dir string) {
	t.Helper()
	attempts, err := os.ReadDir(filepath.Join(dir, "attempts"))
	if err != nil || len(attempts) > 0 {
		t.Errorf("folders of attempts left: %v, %v", attempts, err)
	}
	if mounts, err := os.ReadFile("/proc/self/mountinfo"); err != nil || strings.Contains(string(mounts), dir) {
		t.Errorf("mounts left below %s, or unreadable (%v)", dir, err)
	}
	if groups := controlGroups(dir); len(groups) > 0 {
		t.Errorf("control groups left: %v", groups)
	}
}

// sandboxes finds the processes that run a certain fallow-init: PID 1 of each
// sandbox, without which nothing in it lives.
func sandboxes(init string) []string {
	own, err := os.Stat(init)
	if err != nil {
		return []string{err.Error()}
	}
	links, _ := filepath.Glob("/proc/[0-9]*/exe")
	return slices.DeleteFunc(links, func(link string) bool { return !runs(link, own) })
}

// runs tells whether a process, by its link in /proc, runs a program.
func runs(link string, program os.FileInfo) bool {
	info, err := os.Stat(link) // follows the link even into another mount namespace
	return err == nil && os.SameFile(info, program)
}

// programs are the processes of the node's subjobs, without PID 1 of the sandboxes.
func (n *node) programs() []int {
	init, err := os.Stat(n.init())
	n.grid.must(err)
	return slices.DeleteFunc(descendants(n.cmd.Process.Pid), func(pid int) bool {
		return runs(fmt.Sprintf("/proc/%d/exe", pid), init)
	})
}

// controlGroups finds those of the agent with a folder, which are named after it.
func controlGroups(dir string) []string {
	sum := sha256.Sum256([]byte(filepath.Join(dir, "evm")))
	name := "fallow-" + hex.EncodeToString(sum[:4])
	var found []string
	_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), name) {
			found = append(found, path)
		}
		return nil
	})
	return found
}

// descendants are the processes below one, by /proc.
func descendants(pid int) []int {
	var below []int
	children := parents()[pid]
	for _, child := range children {
		below = append(append(below, child), descendants(child)...)
	}
	return below
}

// parents maps each process to its children.
func parents() map[int][]int {
	children := map[int][]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		// The name, in parentheses, may hold anything; fields count from behind it.
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		parent, _ := strconv.Atoi(fields[1])
		children[parent] = append(children[parent], pid)
	}
	return children
}
