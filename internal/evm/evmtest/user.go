package evmtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// AsUser runs all other tests of the program once more as an ordinary user, whose
// ID nobody else on the machine should have. It skips unless it runs as root: who
// is an ordinary user runs them as such anyway.
func AsUser(t *testing.T, uid int) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("not root: the other tests have run as an ordinary user already")
	}
	dir := t.TempDir()
	must(t, os.Chmod(filepath.Dir(dir), 0o755)) // made with 0700 by the testing package
	must(t, os.Chown(dir, uid, uid))
	own, err := os.Executable()
	must(t, err)
	program := filepath.Join(dir, "tests")
	must(t, copyFile(own, program))
	cmd := exec.CommandContext(t.Context(), program, "-test.v", "-test.skip=^"+t.Name()+"$", "-test.timeout=5m")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "TMPDIR="+dir, "GOTMPDIR="+dir, InitVariable+"="+Init(t))
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)},
		Pdeathsig:  syscall.SIGKILL,
	}
	output, err := cmd.CombinedOutput()
	t.Logf("%s", output)
	must(t, err)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
