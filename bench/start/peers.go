package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// peers are the programs that the EVM is compared with, and the Debian packages
// that hold them.
var peers = map[string]string{"bwrap": "bubblewrap", "runc": "runc"}

func checkPeers() error {
	var errs []error
	if os.Geteuid() != 0 {
		errs = append(errs, errors.New("run this as root: runc needs it here"))
	}
	for program, pkg := range peers {
		if _, err := exec.LookPath(program); err != nil {
			errs = append(errs, fmt.Errorf("%s is missing: apt-get install %s", program, pkg))
		}
	}
	return errors.Join(errs...)
}

// program is what everybody starts.
const program = "/usr/bin/true"

func direct() error { return exec.Command(program).Run() }

// bwrap does what it is told and no more: namespaces and read-only directories, no
// system call filter, no limits.
func bwrap() error {
	return exec.Command("bwrap", "--unshare-all", "--die-with-parent",
		"--ro-bind", "/usr", "/usr", "--ro-bind", "/lib", "/lib", "--ro-bind", "/lib64", "/lib64", "--ro-bind", "/bin", "/bin",
		"--proc", "/proc", "--dev", "/dev", program).Run()
}

// bundle is an OCI bundle with the same namespaces and directories.
type bundle struct {
	dir, state string
	count      int
}

func newBundle(dir string) (*bundle, error) {
	b := &bundle{dir: filepath.Join(dir, "bundle"), state: filepath.Join(dir, "runc")}
	for _, name := range []string{"usr", "lib", "lib64", "bin", "proc", "dev"} {
		if err := os.MkdirAll(filepath.Join(b.dir, "rootfs", name), 0o755); err != nil {
			return nil, fmt.Errorf("make a bundle: %w", err)
		}
	}
	config, err := json.Marshal(ociConfig())
	if err != nil {
		return nil, fmt.Errorf("make a bundle: %w", err)
	}
	return b, os.WriteFile(filepath.Join(b.dir, "config.json"), config, 0o644)
}

func (b *bundle) run() error {
	b.count++
	name := "fallow-bench-" + strconv.Itoa(os.Getpid()) + "-" + strconv.Itoa(b.count)
	output, err := exec.Command("runc", "--root", b.state, "run", "--bundle", b.dir, name).CombinedOutput()
	if err != nil {
		return fmt.Errorf("runc: %w: %s", err, output)
	}
	return nil
}

type object = map[string]any

func ociConfig() object {
	mounts := []object{
		{"destination": "/proc", "type": "proc", "source": "proc"},
		{"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": []string{"nosuid", "mode=755"}},
	}
	for _, dir := range []string{"/usr", "/lib", "/lib64", "/bin"} {
		mounts = append(mounts, object{"destination": dir, "type": "bind", "source": dir, "options": []string{"rbind", "ro"}})
	}
	mapping := []object{{"containerID": 0, "hostID": 64000, "size": 1}}
	return object{
		"ociVersion": "1.0.2",
		"process": object{
			"user": object{"uid": 0, "gid": 0}, "args": []string{program}, "cwd": "/",
			"env": []string{"PATH=/usr/bin"}, "noNewPrivileges": true,
		},
		"root":     object{"path": "rootfs", "readonly": true},
		"hostname": "bench",
		"mounts":   mounts,
		"linux": object{
			"uidMappings": mapping, "gidMappings": mapping,
			"namespaces": []object{{"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}, {"type": "user"}, {"type": "cgroup"}},
		},
	}
}
