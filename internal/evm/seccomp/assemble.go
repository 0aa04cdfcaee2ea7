package seccomp

import (
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

// table holds the rules of all calls by number. A call without one is unknown.
type table [maxCalls]rule

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
	// maxCalls bounds the numbers of calls. Both architectures give out the same
	// ones from 424 on, about ten a year; 471 are out in 2026.
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

// program is a filter being written.
type program []unix.SockFilter

// assemble makes the program: check the architecture, then search the number in a
// balanced tree of spans. The kernel runs the tree once for each number at load and
// remembers which are always allowed (since 5.11), so that plain calls cost nothing.
func assemble(t *table) []unix.SockFilter {
	p := make(program, 0, maxCalls)
	p.add(load(offsetArch),
		jump(unix.BPF_JEQ, nativeArch, 1, 0),
		ret(kill),
		load(offsetNumber))
	p.tree(spans(t))
	return p
}

func (p *program) add(instructions ...unix.SockFilter) { *p = append(*p, instructions...) }

// span is a run of call numbers, from first to the next span's first, with one rule.
type span struct {
	first uint32
	rule  rule
}

// spans covers all numbers in ascending order. What no call names is unknown; that
// includes the x32 calls, which lie far above (bit 30).
func spans(t *table) []span {
	all := make([]span, 0, maxCalls/4)
	for number, r := range t {
		if r == nil {
			r = unnamed
		}
		if len(all) == 0 || !all[len(all)-1].rule.joins(r) {
			all = append(all, span{uint32(number), r})
		}
	}
	if !all[len(all)-1].rule.joins(unnamed) {
		all = append(all, span{maxCalls, unnamed})
	}
	return all
}

// joins tells whether both rules give one verdict whatever the arguments.
func (r rule) joins(other rule) bool {
	return len(r[0].when) == 0 && len(other[0].when) == 0 && r[0].verdict == other[0].verdict
}

// tree searches the number, which is in the accumulator, in spans: numbers from the
// middle on jump over the lower half.
func (p *program) tree(s []span) {
	if len(s) == 1 {
		p.rule(s[0].rule)
		return
	}
	half, at := len(s)/2, len(*p)
	p.add(jump(unix.BPF_JGE, s[half].first, 0, 0))
	p.tree(s[:half])
	if over := len(*p) - at - 1; over <= maxJump {
		(*p)[at].Jt = uint8(over)
	} else {
		(*p)[at].Jf = 1
		far := unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JA, K: uint32(over)}
		*p = slices.Insert(*p, at+1, far)
	}
	p.tree(s[half:])
}

// rule writes the clauses one after the other; the last always ends the program.
func (p *program) rule(r rule) {
	for _, c := range r {
		p.clause(c)
	}
}

// clause writes tests that each jump over the verdict when they fail.
func (p *program) clause(c clause) {
	end := len(*p) + c.size() - 1
	for _, t := range c.when {
		p.add(load(uint32(offsetArgs + 8*t.arg)))
		if t.mask != whole {
			p.add(unix.SockFilter{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: t.mask})
		}
		p.add(jump(unix.BPF_JEQ, t.value, 0, uint8(end-len(*p))))
	}
	p.add(ret(c.verdict))
}

// size counts the clause's instructions.
func (c clause) size() int {
	size := 1
	for _, t := range c.when {
		size += 2
		if t.mask != whole {
			size++
		}
	}
	return size
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
