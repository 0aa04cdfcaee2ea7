package seccomp

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
	"pgregory.net/rapid"
)

// strict and jit are the policies that nearly all tests go through.
var strict, jit = Policy{}, Policy{AllowJIT: true}

// machine runs a policy's filter as the kernel would.
type machine struct{ *bpf.VM }

func newMachine(t testing.TB, p Policy) machine {
	t.Helper()
	filter, err := Program(p)
	if err != nil {
		t.Fatal(err)
	}
	raw := make([]bpf.RawInstruction, len(filter))
	for i, f := range filter {
		raw[i] = bpf.RawInstruction{Op: f.Code, Jt: f.Jt, Jf: f.Jf, K: f.K}
	}
	program, decoded := bpf.Disassemble(raw)
	if !decoded {
		t.Fatal("the filter has an instruction that is no BPF")
	}
	vm, err := bpf.NewVM(program)
	if err != nil {
		t.Fatal(err)
	}
	return machine{vm}
}

// decide gives the filter's verdict on a call. The VM reads words from a packet in
// network order; seccomp_data's words are the machine's own.
func (m machine) decide(t testing.TB, arch, number uint32, args ...uint64) verdict {
	t.Helper()
	data := make([]byte, 64)
	binary.BigEndian.PutUint32(data[offsetNumber:], number)
	binary.BigEndian.PutUint32(data[offsetArch:], arch)
	for i, a := range args {
		binary.BigEndian.PutUint32(data[offsetArgs+8*i:], uint32(a))
		binary.BigEndian.PutUint32(data[offsetArgs+8*i+4:], uint32(a>>32))
	}
	v, err := m.Run(data)
	if err != nil {
		t.Fatal(err)
	}
	return verdict(v)
}

func (v verdict) String() string {
	switch v {
	case allow:
		return "allow"
	case kill:
		return "kill"
	}
	return fmt.Sprintf("errno %v", unix.Errno(v&unix.SECCOMP_RET_DATA))
}

const high = 1 << 40 // garbage that the kernel ignores

func TestRules(t *testing.T) {
	clone := uint64(unix.CLONE_VM | unix.CLONE_THREAD | unix.CLONE_SIGHAND)
	const prot, private, anon = unix.PROT_READ, unix.MAP_PRIVATE, unix.MAP_ANONYMOUS
	tests := []struct {
		what        string
		number      uint32
		args        []uint64
		strict, jit verdict
	}{
		{"read", unix.SYS_READ, nil, allow, allow},
		{"ptrace", unix.SYS_PTRACE, nil, refuse, refuse},
		{"io_uring_setup", unix.SYS_IO_URING_SETUP, nil, unknown, unknown},
		{"clone3", unix.SYS_CLONE3, nil, unknown, unknown},
		{"memfd_create", unix.SYS_MEMFD_CREATE, nil, unknown, unknown},
		{"a call to come", 1000, nil, unknown, unknown},
		{"x32 read", 0x40000000 + unix.SYS_READ, nil, unknown, unknown},
		{"x32 execve", 0x40000000 + 520, nil, unknown, unknown},
		{"minus one", 0xffffffff, nil, unknown, unknown},
		{"setsid", unix.SYS_SETSID, nil, allow, allow},

		{"clone of a thread", unix.SYS_CLONE, []uint64{clone}, allow, allow},
		{"fork", unix.SYS_CLONE, []uint64{uint64(unix.SIGCHLD)}, allow, allow},
		{"clone, NEWUSER", unix.SYS_CLONE, []uint64{unix.CLONE_NEWUSER}, refuse, refuse},
		{"clone, NEWNS", unix.SYS_CLONE, []uint64{clone | unix.CLONE_NEWNS}, refuse, refuse},
		{"clone, NEWPID", unix.SYS_CLONE, []uint64{unix.CLONE_NEWPID}, refuse, refuse},
		{"clone, NEWNET", unix.SYS_CLONE, []uint64{unix.CLONE_NEWNET}, refuse, refuse},
		{"clone, NEWIPC", unix.SYS_CLONE, []uint64{unix.CLONE_NEWIPC}, refuse, refuse},
		{"clone, NEWUTS", unix.SYS_CLONE, []uint64{unix.CLONE_NEWUTS}, refuse, refuse},
		{"clone, NEWCGROUP", unix.SYS_CLONE, []uint64{unix.CLONE_NEWCGROUP}, refuse, refuse},
		{"clone, NEWUSER and garbage", unix.SYS_CLONE, []uint64{unix.CLONE_NEWUSER | high}, refuse, refuse},

		{"ioctl TCGETS", unix.SYS_IOCTL, []uint64{0, unix.TCGETS}, allow, allow},
		{"ioctl TIOCSTI", unix.SYS_IOCTL, []uint64{0, unix.TIOCSTI}, refuse, refuse},
		{"ioctl TIOCSTI and garbage", unix.SYS_IOCTL, []uint64{0, unix.TIOCSTI | high}, refuse, refuse},
		{"ioctl TIOCLINUX", unix.SYS_IOCTL, []uint64{0, tioclinux}, refuse, refuse},
		{"ioctl TIOCSETD", unix.SYS_IOCTL, []uint64{0, unix.TIOCSETD}, refuse, refuse},

		{"prlimit64 of oneself", unix.SYS_PRLIMIT64, []uint64{0, unix.RLIMIT_AS}, allow, allow},
		{"prlimit64 of PID 1", unix.SYS_PRLIMIT64, []uint64{1, unix.RLIMIT_AS}, refuse, refuse},
		{"prlimit64 of PID 1 and garbage", unix.SYS_PRLIMIT64, []uint64{1 | high, unix.RLIMIT_AS}, refuse, refuse},
		{"prlimit64 of another", unix.SYS_PRLIMIT64, []uint64{7, unix.RLIMIT_AS}, refuse, refuse},
		{"sched_setaffinity of a thread", unix.SYS_SCHED_SETAFFINITY, []uint64{7}, allow, allow},
		{"sched_setaffinity of PID 1", unix.SYS_SCHED_SETAFFINITY, []uint64{1}, refuse, refuse},
		{"sched_setattr of PID 1", unix.SYS_SCHED_SETATTR, []uint64{1 | high}, refuse, refuse},
		{"setpriority of oneself", unix.SYS_SETPRIORITY, []uint64{unix.PRIO_PROCESS, 0, 19}, allow, allow},
		{"setpriority of PID 1", unix.SYS_SETPRIORITY, []uint64{unix.PRIO_PROCESS, 1, 19}, refuse, refuse},
		{"setpriority of the user", unix.SYS_SETPRIORITY, []uint64{unix.PRIO_USER, 0, 19}, refuse, refuse},

		{"fcntl", unix.SYS_FCNTL, []uint64{3, unix.F_SETLK}, allow, allow},
		{"fcntl, a lease", unix.SYS_FCNTL, []uint64{3, unix.F_SETLEASE}, refuse, refuse},
		{"fcntl, a lease and garbage", unix.SYS_FCNTL, []uint64{3, unix.F_SETLEASE | high}, refuse, refuse},
		{"fcntl, a directory's news", unix.SYS_FCNTL, []uint64{3, unix.F_NOTIFY}, refuse, refuse},
		{"io_setup", unix.SYS_IO_SETUP, nil, unknown, unknown},
		{"syncfs", unix.SYS_SYNCFS, nil, refuse, refuse},

		{"fchmod", unix.SYS_FCHMOD, []uint64{3, 0o1755}, allow, allow},
		{"fchmod, setuid", unix.SYS_FCHMOD, []uint64{3, 0o4755}, refuse, refuse},
		{"fchmod, setgid and garbage", unix.SYS_FCHMOD, []uint64{3, 0o2755 | high}, refuse, refuse},
		{"fchmodat, setuid", unix.SYS_FCHMODAT, []uint64{3, 0, 0o4000}, refuse, refuse},
		{"fchmodat2, setgid", unix.SYS_FCHMODAT2, []uint64{3, 0, 0o2000}, refuse, refuse},
		{"mkdirat, setgid", unix.SYS_MKDIRAT, []uint64{3, 0, 0o2755}, refuse, refuse},
		{"mknodat, setuid", unix.SYS_MKNODAT, []uint64{3, 0, unix.S_IFREG | 0o4755, 0}, refuse, refuse},
		{"openat with a mode of garbage", unix.SYS_OPENAT, []uint64{3, 0, unix.O_RDONLY | unix.O_DIRECTORY, 0o6755}, allow, allow},
		{"openat, created", unix.SYS_OPENAT, []uint64{3, 0, unix.O_CREAT | unix.O_RDWR, 0o755}, allow, allow},
		{"openat, created setuid", unix.SYS_OPENAT, []uint64{3, 0, unix.O_CREAT, 0o4755}, refuse, refuse},
		{"openat, a nameless setuid file", unix.SYS_OPENAT, []uint64{3, 0, unix.O_TMPFILE, 0o4755}, refuse, refuse},
		{"openat2", unix.SYS_OPENAT2, nil, unknown, unknown},

		{"unix socket", unix.SYS_SOCKET, []uint64{unix.AF_UNIX, unix.SOCK_SEQPACKET, 0}, allow, allow},
		{"TCP", unix.SYS_SOCKET, []uint64{unix.AF_INET, unix.SOCK_STREAM | unix.SOCK_CLOEXEC, 0}, allow, allow},
		{"TCP by number", unix.SYS_SOCKET, []uint64{unix.AF_INET6, unix.SOCK_STREAM, unix.IPPROTO_TCP}, allow, allow},
		{"UDP", unix.SYS_SOCKET, []uint64{unix.AF_INET6, unix.SOCK_DGRAM | unix.SOCK_NONBLOCK, unix.IPPROTO_UDP}, allow, allow},
		{"ping", unix.SYS_SOCKET, []uint64{unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP}, allow, allow},
		{"ping6", unix.SYS_SOCKET, []uint64{unix.AF_INET6, unix.SOCK_DGRAM, unix.IPPROTO_ICMPV6}, allow, allow},
		{"SCTP", unix.SYS_SOCKET, []uint64{unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_SCTP}, badProtocol, badProtocol},
		{"SCTP by type", unix.SYS_SOCKET, []uint64{unix.AF_INET, unix.SOCK_SEQPACKET, 0}, badProtocol, badProtocol},
		{"MPTCP", unix.SYS_SOCKET, []uint64{unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP}, badProtocol, badProtocol},
		{"DCCP", unix.SYS_SOCKET, []uint64{unix.AF_INET6, unix.SOCK_DCCP, 0}, badProtocol, badProtocol},
		{"raw IP", unix.SYS_SOCKET, []uint64{unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP}, badProtocol, badProtocol},
		{"netlink route", unix.SYS_SOCKET, []uint64{unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE}, allow, allow},
		{"netlink netfilter", unix.SYS_SOCKET, []uint64{unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_NETFILTER}, badProtocol, badProtocol},
		{"AF_ALG", unix.SYS_SOCKET, []uint64{unix.AF_ALG, unix.SOCK_SEQPACKET, 0}, badFamily, badFamily},
		{"AF_VSOCK", unix.SYS_SOCKET, []uint64{unix.AF_VSOCK, unix.SOCK_STREAM, 0}, badFamily, badFamily},
		{"AF_PACKET", unix.SYS_SOCKET, []uint64{unix.AF_PACKET, unix.SOCK_RAW, 0}, badFamily, badFamily},
		{"unix pair", unix.SYS_SOCKETPAIR, []uint64{unix.AF_UNIX, unix.SOCK_STREAM, 0}, allow, allow},
		{"TIPC pair", unix.SYS_SOCKETPAIR, []uint64{unix.AF_TIPC, unix.SOCK_STREAM, 0}, badFamily, badFamily},

		{"personality of Linux", unix.SYS_PERSONALITY, []uint64{0}, allow, allow},
		{"personality asked", unix.SYS_PERSONALITY, []uint64{whole}, allow, allow},
		{"personality of 32 bits", unix.SYS_PERSONALITY, []uint64{perLinux32}, allow, allow},
		{"READ_IMPLIES_EXEC", unix.SYS_PERSONALITY, []uint64{0x0400000}, refuse, refuse},
		{"ADDR_NO_RANDOMIZE", unix.SYS_PERSONALITY, []uint64{0x0040000}, refuse, refuse},

		{"mmap RW", unix.SYS_MMAP, []uint64{0, 0, prot | unix.PROT_WRITE, private | anon}, allow, allow},
		{"mmap RX of a private file", unix.SYS_MMAP, []uint64{0, 0, prot | unix.PROT_EXEC, private | unix.MAP_FIXED}, allow, allow},
		{"mmap RWX of a private file", unix.SYS_MMAP, []uint64{0, 0, unix.PROT_WRITE | unix.PROT_EXEC, private}, refuse, allow},
		{"mmap RX anonymous", unix.SYS_MMAP, []uint64{0, 0, prot | unix.PROT_EXEC, private | anon}, refuse, allow},
		{"mmap RX shared", unix.SYS_MMAP, []uint64{0, 0, prot | unix.PROT_EXEC, unix.MAP_SHARED}, refuse, allow},
		{"mmap RX shared, validated", unix.SYS_MMAP, []uint64{0, 0, unix.PROT_EXEC, unix.MAP_SHARED_VALIDATE}, refuse, allow},
		{"mmap RX droppable", unix.SYS_MMAP, []uint64{0, 0, unix.PROT_EXEC, 8}, refuse, allow},
		{"mmap RWX and garbage", unix.SYS_MMAP, []uint64{0, 0, unix.PROT_WRITE | unix.PROT_EXEC | high, private | high}, refuse, allow},
		{"mprotect RO", unix.SYS_MPROTECT, []uint64{0, 0, prot}, allow, allow},
		{"mprotect X", unix.SYS_MPROTECT, []uint64{0, 0, prot | unix.PROT_EXEC}, refuse, allow},
		{"pkey_mprotect X", unix.SYS_PKEY_MPROTECT, []uint64{0, 0, unix.PROT_EXEC, 0}, refuse, allow},
		{"shmat", unix.SYS_SHMAT, []uint64{0, 0, 0}, allow, allow},
		{"shmat X", unix.SYS_SHMAT, []uint64{0, 0, shmExec}, refuse, allow},
	}
	s, j := newMachine(t, strict), newMachine(t, jit)
	for _, tt := range tests {
		if got := s.decide(t, nativeArch, tt.number, tt.args...); got != tt.strict {
			t.Errorf("%s, strict: got %v, want %v", tt.what, got, tt.strict)
		}
		if got := j.decide(t, nativeArch, tt.number, tt.args...); got != tt.jit {
			t.Errorf("%s, jit: got %v, want %v", tt.what, got, tt.jit)
		}
	}
}

func TestForeignArchitectureIsKilled(t *testing.T) {
	m := newMachine(t, strict)
	for _, arch := range []uint32{unix.AUDIT_ARCH_I386, unix.AUDIT_ARCH_ARM, 0} {
		for _, number := range []uint32{0, 1, 11, 1000} {
			if got := m.decide(t, arch, number); got != kill {
				t.Errorf("architecture %#x, call %d: got %v, want kill", arch, number, got)
			}
		}
	}
}

func TestKeepSession(t *testing.T) {
	if got := newMachine(t, Policy{KeepSession: true}).decide(t, nativeArch, unix.SYS_SETSID); got != refuse {
		t.Errorf("setsid: got %v, want a refusal", got)
	}
}

func TestCountMemory(t *testing.T) {
	counting, relaxed := newMachine(t, Policy{CountMemory: true}), newMachine(t, strict)
	for _, number := range uncounted {
		if got := counting.decide(t, nativeArch, number); got != unknown {
			t.Errorf("call %d: got %v, want ENOSYS", number, got)
		}
		if got := relaxed.decide(t, nativeArch, number); got != allow {
			t.Errorf("call %d with a memory controller: got %v, want leave", number, got)
		}
	}
}

// says is what a rule means, without BPF.
func (r rule) says(args []uint64) verdict {
	for _, c := range r {
		holds := true
		for _, w := range c.when {
			holds = holds && uint32(args[w.arg])&w.mask == w.value
		}
		if holds {
			return c.verdict
		}
	}
	panic("a rule without an end")
}

// The tree of spans must find the same rule as a look into the table.
func TestFilterMatchesTables(t *testing.T) {
	for _, p := range []Policy{strict, jit, {KeepSession: true}, {CountMemory: true}} {
		m := newMachine(t, p)
		table := p.table()
		check := func(t testing.TB, number uint32, args []uint64) {
			want := unknown
			if number < maxCalls && table[number] != nil {
				want = table[number].says(args)
			}
			if got := m.decide(t, nativeArch, number, args...); got != want {
				t.Errorf("%+v, call %d%v: got %v, want %v", p, number, args, got, want)
			}
		}
		for number := range uint32(2048) {
			check(t, number, make([]uint64, 6))
		}
		rapid.Check(t, func(r *rapid.T) {
			number := rapid.OneOf(rapid.Uint32Range(0, 500), rapid.Uint32()).Draw(r, "number")
			args := rapid.SliceOfN(rapid.OneOf(rapid.Uint64Range(0, 64), rapid.Uint64()), 6, 6).Draw(r, "args")
			check(t, number, args)
		})
	}
}

// A call in two lists would have a fate by chance.
func TestCallsAreListedOnce(t *testing.T) {
	listed := slices.Concat(slices.Concat(allowed...), slices.Concat(refused...), []uint32{unix.SYS_SETSID})
	for _, c := range slices.Concat(argumentRules, processRules, sharedRules, setIDRules, setIDArchRules, strictRules) {
		listed = append(listed, c.number)
	}
	slices.Sort(listed)
	for i, number := range listed[1:] {
		if number == listed[i] {
			t.Errorf("call %d is listed twice", number)
		}
	}
}

func TestFilterIsSmall(t *testing.T) {
	for _, p := range []Policy{strict, jit} {
		filter, err := Program(p)
		if err != nil {
			t.Fatal(err)
		}
		if len(filter) > maxInstructions/4 {
			t.Errorf("%+v: %d instructions", p, len(filter))
		}
	}
}

func BenchmarkProgram(b *testing.B) {
	for b.Loop() {
		if _, err := Program(strict); err != nil {
			b.Fatal(err)
		}
	}
}
