package seccomp

import (
	"cmp"
	"slices"

	"golang.org/x/sys/unix"
)

// verdict is what the kernel does with a call: a SECCOMP_RET_ value.
type verdict uint32

// call is a system call's number and the rule that decides about it.
type call struct {
	number uint32
	rule   rule
}

// rule is a list of clauses; the first one that holds gives the verdict. The last
// has no tests, so that there always is one.
type rule []clause

// clause gives its verdict when all its tests hold.
type clause struct {
	when    []test
	verdict verdict
}

// test compares the low 32 bits of an argument, masked, with a value. The kernel
// itself looks at no more than these for every argument in our rules; to compare
// all 64 would let a call with garbage above bit 31 slip by (CVE-2019-10063).
type test struct {
	arg         int
	mask, value uint32
}

// whole is the mask of a test of all 32 bits.
const whole = 0xffff_ffff

const (
	// maxCalls bounds the calls named in the tables, for one allocation.
	maxCalls = 512
	// maxJump is how far a conditional jump reaches, in instructions.
	maxJump = 255
	// maxInstructions bounds a filter (BPF_MAXINSNS of linux/bpf_common.h).
	maxInstructions = 4096
)

// Offsets in struct seccomp_data, seccomp(2). Both architectures are little-endian:
// the low half of an argument comes first.
const (
	offsetNumber = 0
	offsetArch   = 4
	offsetArgs   = 16
)

// assemble makes the program: check the architecture, then search the number in a
// balanced tree of spans. The kernel runs the tree once for each number at load and
// remembers which are always allowed (since 5.11), so that plain calls cost nothing.
func assemble(calls []call) []unix.SockFilter {
	program := make([]unix.SockFilter, 0, maxInstructions/8)
	program = append(program,
		load(offsetArch),
		jump(unix.BPF_JEQ, nativeArch, 1, 0),
		ret(kill),
		load(offsetNumber))
	return append(program, tree(spans(calls))...)
}

// span is a run of call numbers, from first to the next span's first, with one rule.
type span struct {
	first uint32
	rule  rule
}

// spans covers all numbers in ascending order. What no call names is unknown; that
// includes the x32 calls, which lie far above (bit 30).
func spans(calls []call) []span {
	slices.SortFunc(calls, func(a, b call) int { return cmp.Compare(a.number, b.number) })
	all := make([]span, 1, len(calls))
	all[0] = span{0, rule{{verdict: unknown}}}
	add := func(first uint32, r rule) {
		last := &all[len(all)-1]
		switch {
		case last.rule.constant() && r.constant() && last.rule[0].verdict == r[0].verdict:
		case last.first == first:
			last.rule = r
		default:
			all = append(all, span{first, r})
		}
	}
	for i, c := range calls {
		add(c.number, c.rule)
		if i+1 == len(calls) || calls[i+1].number != c.number+1 {
			add(c.number+1, rule{{verdict: unknown}})
		}
	}
	return all
}

// constant tells whether the rule looks at no argument.
func (r rule) constant() bool { return len(r[0].when) == 0 }

// tree searches the number, which is in the accumulator, in spans.
func tree(s []span) []unix.SockFilter {
	if len(s) == 1 {
		return s[0].rule.code()
	}
	half := len(s) / 2
	low, high := tree(s[:half]), tree(s[half:])
	var code []unix.SockFilter
	if len(low) <= maxJump {
		code = append(code, jump(unix.BPF_JGE, s[half].first, uint8(len(low)), 0))
	} else {
		code = append(code,
			jump(unix.BPF_JGE, s[half].first, 0, 1),
			unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JA, K: uint32(len(low))})
	}
	return append(append(code, low...), high...)
}

// code is the rule as instructions that always end in a verdict.
func (r rule) code() []unix.SockFilter {
	var code []unix.SockFilter
	for _, c := range r {
		code = append(code, c.code()...)
	}
	return code
}

// code is the clause as instructions that return its verdict, or run on to the next
// clause when a test fails.
func (c clause) code() []unix.SockFilter {
	code := []unix.SockFilter{ret(c.verdict)}
	for _, t := range slices.Backward(c.when) {
		code = slices.Concat(t.code(uint8(len(code))), code)
	}
	return code
}

// code is the test as instructions that run on when it holds, and jump over rest
// further ones when not.
func (t test) code(rest uint8) []unix.SockFilter {
	code := []unix.SockFilter{load(uint32(offsetArgs + 8*t.arg))}
	if t.mask != whole {
		code = append(code, unix.SockFilter{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: t.mask})
	}
	return append(code, jump(unix.BPF_JEQ, t.value, 0, rest))
}

// load reads a 32-bit word of struct seccomp_data into the accumulator.
func load(offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
}

// jump compares the accumulator with k and skips yes or no instructions.
func jump(op uint16, k uint32, yes, no uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | op | unix.BPF_K, Jt: yes, Jf: no, K: k}
}

// ret ends the program with a verdict.
func ret(v verdict) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: uint32(v)}
}
