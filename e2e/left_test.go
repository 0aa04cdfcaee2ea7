package e2e

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// checkNothingLeft stops the nodes and wants no process, mount, control group or
// folder of any attempt to be left.
func (g *grid) checkNothingLeft() {
	g.t.Helper()
	for i, node := range g.nodes {
		node.stop(os.Interrupt)
		attempts, err := os.ReadDir(filepath.Join(g.dir, "node"+strconv.Itoa(i), "attempts"))
		if err != nil || len(attempts) > 0 {
			g.t.Errorf("node %d: folders of attempts left: %v, %v", i, attempts, err)
		}
	}
	if left := processesFrom(g.dir); len(left) > 0 {
		g.t.Errorf("sandboxes left: processes %v", left)
	}
	if mounts, err := os.ReadFile("/proc/self/mountinfo"); err != nil || strings.Contains(string(mounts), g.dir) {
		g.t.Errorf("mounts left below %s, or unreadable (%v)", g.dir, err)
	}
	if groups := controlGroupsSince(g.began); len(groups) > 0 {
		g.t.Errorf("control groups left: %v", groups)
	}
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

// processesFrom finds processes whose program lies in a folder: PID 1 of every
// sandbox, without which nothing in it lives.
func processesFrom(dir string) []string {
	var found []string
	links, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, link := range links {
		if exe, err := os.Readlink(link); err == nil && strings.HasPrefix(exe, dir) {
			found = append(found, link)
		}
	}
	return found
}

// controlGroupsSince finds the control groups of agents that were made since a
// time.
func controlGroupsSince(began time.Time) []string {
	var found []string
	_ = filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() || !strings.HasPrefix(d.Name(), "fallow-") {
			return nil
		}
		if info, err := d.Info(); err == nil && info.ModTime().After(began) {
			found = append(found, path)
		}
		return fs.SkipDir
	})
	return found
}

func secondLine(g *grid, path string) string {
	g.t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		g.t.Fatal(err)
	}
	_, row, _ := strings.Cut(string(content), "\n")
	return row
}
