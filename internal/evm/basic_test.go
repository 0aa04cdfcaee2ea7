package evm_test

import (
	"bytes"
	"testing"

	"fallow/internal/evm"
	"fallow/internal/evm/evmtest"
)

func TestMain(m *testing.M) { evmtest.Main(m) }

func TestTrue(t *testing.T) {
	m, err := evm.Open(evm.Config{Dir: t.TempDir(), Init: evmtest.Init(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	tree := evmtest.NewTree(t).AddProgram("/usr/bin/true").AddProgram("/usr/bin/python3").AddSystem("/usr/lib/python3.11")
	tree.AddProgram("/bin/ls").AddProgram("/bin/sh").AddProgram("/bin/cat")
	run := func(argv ...string) {
		var out, errb bytes.Buffer
		r, err := m.Start(t.Context(), evm.Spec{Name: "1.0.1", Tree: tree.Dir, Argv: argv, Stdout: &out, Stderr: &errb, Systems: []string{"/usr/lib/python3.11"}})
		if err != nil {
			t.Error(argv, err)
			return
		}
		e := r.Wait()
		t.Logf("%v: %+v\n%s%s", argv, e, &out, &errb)
	}
	run("/usr/bin/true")
	run("/bin/ls", "-la", "/", "/etc", "/dev", "/proc")
	run("python3", "-c", "import os,json,ctypes; print(os.getuid(), os.listdir('/'), open('/proc/self/status').read())")
	run("/bin/cat", "/proc/self/mountinfo", "/proc/self/cgroup")
}
