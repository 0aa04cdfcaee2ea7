package seccomp

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// The test binary is its own child: it goes under the filter named by the
// environment, then runs a program or the probes below.
const childPolicy = "FALLOW_TEST_SECCOMP"

func TestMain(m *testing.M) {
	switch os.Getenv(childPolicy) {
	case "":
		os.Exit(m.Run())
	case "strict":
		child(strict)
	case "jit":
		child(jit)
	}
}

// child never returns.
func child(p Policy) {
	runtime.LockOSThread()
	filter, err := Program(p)
	if err == nil {
		err = unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	}
	if err == nil {
		err = Install(filter)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	if len(os.Args) > 1 {
		err := unix.Exec(os.Args[1], os.Args[1:], []string{"PATH=/usr/bin:/bin", "LC_ALL=C"})
		fmt.Println(err)
		os.Exit(2)
	}
	for _, p := range probes {
		fmt.Printf("%s: %v\n", p.name, p.call())
	}
	os.Exit(0)
}

// probe is a call that the kernel would let this process make but for the filter.
type probe struct {
	name        string
	call        func() error
	strict, jit error
}

// raw makes a call that does no harm should it work.
func raw(number uintptr, args ...uintptr) func() error {
	var a [6]uintptr
	copy(a[:], args)
	return func() error {
		_, _, errno := unix.RawSyscall6(number, a[0], a[1], a[2], a[3], a[4], a[5])
		if errno != 0 {
			return errno
		}
		return nil
	}
}

const page = 4096

// mapCode maps a page with the protection given, of the program's own file if it
// isn't anonymous.
func mapCode(prot, flags int) func() error {
	return func() error {
		fd := -1
		if flags&unix.MAP_ANONYMOUS == 0 {
			f, err := os.Open("/proc/self/exe")
			if err != nil {
				return err
			}
			defer f.Close()
			fd = int(f.Fd())
		}
		_, err := unix.Mmap(fd, 0, page, prot, flags)
		return err
	}
}

// turnToCode writes to a page first and makes it executable then.
func turnToCode() error {
	memory, err := unix.Mmap(-1, 0, page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return err
	}
	memory[0] = 0xc3
	return unix.Mprotect(memory, unix.PROT_READ|unix.PROT_EXEC)
}

// attachCode attaches shared memory as code.
func attachCode() error {
	id, err := unix.SysvShmGet(unix.IPC_PRIVATE, page, unix.IPC_CREAT|0o700)
	if err != nil {
		return err
	}
	_, attached := unix.SysvShmAttach(id, 0, shmExec)
	_, err = unix.SysvShmCtl(id, unix.IPC_RMID, nil)
	return errors.Join(attached, err)
}

var probes = []probe{
	{"getpid", raw(unix.SYS_GETPID), nil, nil},
	{"io_uring_setup", raw(unix.SYS_IO_URING_SETUP, 0, 0), unix.ENOSYS, unix.ENOSYS},
	{"clone3", raw(unix.SYS_CLONE3, 0, 0), unix.ENOSYS, unix.ENOSYS},
	{"memfd_create", raw(unix.SYS_MEMFD_CREATE, 0, 0), unix.ENOSYS, unix.ENOSYS},
	{"ptrace", raw(unix.SYS_PTRACE, unix.PTRACE_DETACH, 1), unix.EPERM, unix.EPERM},
	{"unshare", raw(unix.SYS_UNSHARE, 0), unix.EPERM, unix.EPERM},
	{"clone with a user namespace", raw(unix.SYS_CLONE, unix.CLONE_NEWUSER|unix.CLONE_SIGHAND), unix.EPERM, unix.EPERM},
	{"bpf", raw(unix.SYS_BPF, 0, 0, 0), unix.EPERM, unix.EPERM},
	{"kexec_load", raw(unix.SYS_KEXEC_LOAD, 0, 1<<20, 0, 0), unix.EPERM, unix.EPERM},
	{"ioctl TIOCSTI", raw(unix.SYS_IOCTL, 1<<20, unix.TIOCSTI), unix.EPERM, unix.EPERM},
	{"ioctl TCGETS", raw(unix.SYS_IOCTL, 1<<20, unix.TCGETS), unix.EBADF, unix.EBADF},
	{"unix socket", raw(unix.SYS_SOCKET, unix.AF_UNIX, unix.SOCK_STREAM, 0), nil, nil},
	{"TCP socket", raw(unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM, 0), nil, nil},
	{"netlink route", raw(unix.SYS_SOCKET, unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE), nil, nil},
	{"netlink audit", raw(unix.SYS_SOCKET, unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_AUDIT), unix.EPROTONOSUPPORT, unix.EPROTONOSUPPORT},
	{"packet socket", raw(unix.SYS_SOCKET, unix.AF_PACKET, unix.SOCK_RAW, 0), unix.EAFNOSUPPORT, unix.EAFNOSUPPORT},
	{"personality asked", raw(unix.SYS_PERSONALITY, whole), nil, nil},
	{"READ_IMPLIES_EXEC", raw(unix.SYS_PERSONALITY, 0x0400000), unix.EPERM, unix.EPERM},
	{"map RWX", mapCode(unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS), unix.EPERM, nil},
	{"map RX, private file", mapCode(unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE), nil, nil},
	{"map RX, shared file", mapCode(unix.PROT_READ|unix.PROT_EXEC, unix.MAP_SHARED), unix.EPERM, nil},
	{"turn data to code", turnToCode, unix.EPERM, nil},
	{"attach shared memory as code", attachCode, unix.EPERM, nil},
}

// run runs the child under a policy.
func run(t *testing.T, policy string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), childPolicy+"="+policy)
	output, err := cmd.CombinedOutput()
	return string(output), err
}

func TestKernelObeys(t *testing.T) {
	for _, policy := range []string{"strict", "jit"} {
		output, err := run(t, policy)
		if err != nil {
			t.Fatalf("%s: %v\n%s", policy, err, output)
		}
		lines := strings.Split(strings.TrimSpace(output), "\n")
		if len(lines) != len(probes) {
			t.Fatalf("%s: %d answers to %d probes:\n%s", policy, len(lines), len(probes), output)
		}
		for i, p := range probes {
			want := p.strict
			if policy == "jit" {
				want = p.jit
			}
			if line := fmt.Sprintf("%s: %v", p.name, want); lines[i] != line {
				t.Errorf("%s: got %q, want %q", policy, lines[i], line)
			}
		}
	}
}

// Ordinary programs must not notice.
func TestProgramsRun(t *testing.T) {
	for _, command := range [][]string{
		{"/bin/true"},
		{"/bin/sh", "-c", "ls / | sort | while read a; do echo $a; done > /dev/null"},
		{"/usr/bin/perl", "-e", "open(my $p, '-|', 'echo perl') or die; print <$p>"},
		{"/usr/bin/python3", "-c", "import threading, subprocess, socket, tempfile, multiprocessing as m\n" +
			"t = threading.Thread(target=lambda: None); t.start(); t.join()\n" +
			"subprocess.run(['true'], check=True); socket.socket().close(); tempfile.TemporaryFile().close()\n" +
			"p = m.Process(target=print); p.start(); p.join(); assert p.exitcode == 0"},
	} {
		if _, err := os.Stat(command[0]); err != nil {
			t.Logf("%s is not here", command[0])
			continue
		}
		for _, policy := range []string{"strict", "jit"} {
			if output, err := run(t, policy, command...); err != nil {
				t.Errorf("%s: %q: %v\n%s", policy, command, err, output)
			}
		}
	}
}

// A 64-bit program may enter the kernel as a 32-bit one, where numbers mean other
// calls.
func TestForeignCallKills(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("only x86 has two ways into the kernel")
	}
	program := filepath.Join(t.TempDir(), "foreign")
	if err := os.WriteFile(program, foreignProgram(t), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := exec.Command(program).Run(); err != nil {
		t.Skipf("the kernel has no 32-bit calls: %v", err)
	}
	output, err := run(t, "strict", program)
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.Sys().(syscall.WaitStatus).Signal() != unix.SIGSYS {
		t.Errorf("a 32-bit call: got %v, want SIGSYS\n%s", err, output)
	}
}

// foreignProgram is a program that calls getpid by the 32-bit way, then exits with
// 0 by the 64-bit way.
func foreignProgram(t *testing.T) []byte {
	t.Helper()
	code := []byte{
		0xb8, 20, 0, 0, 0, // mov eax, 20 (getpid)
		0xcd, 0x80, // int 0x80
		0xb8, 60, 0, 0, 0, // mov eax, 60 (exit)
		0x31, 0xff, // xor edi, edi
		0x0f, 0x05, // syscall
	}
	const base, headers = 0x400000, 64 + 56
	size := uint64(headers + len(code))
	var file bytes.Buffer
	for _, part := range []any{
		elf.Header64{
			Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
			Type:  uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
			Entry: base + headers, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1,
		},
		elf.Prog64{
			Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X),
			Vaddr: base, Paddr: base, Filesz: size, Memsz: size, Align: page,
		},
		code,
	} {
		if err := binary.Write(&file, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	return file.Bytes()
}

func TestInstallRefusesNonsense(t *testing.T) {
	if err := Install(nil); err == nil {
		t.Error("an empty filter was installed")
	}
	if err := Install(make([]unix.SockFilter, maxInstructions+1)); err == nil {
		t.Error("an endless filter was installed")
	}
}
