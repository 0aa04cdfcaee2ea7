package inventory

import (
	"context"
	"math"
	"time"
)

// The speed of a core is the number of steps of a fixed mix that it does in a
// millisecond: 1.0 is one thousand steps in a second. A step is intRounds rounds of
// integer arithmetic with a branch that can't be foreseen, floatRounds rounds of
// floating-point arithmetic and memoryLoads loads, each of which depends on the one
// before it, from a table of tableBytes. The sizes are chosen so that on a desktop
// core of about 5 GHz each of the three takes about 1,600 cycles, by the latencies of
// its instructions, branch misses and second-level cache, and so that such a core
// has a speed of about 1,000. They are part of the unit: another mix is another
// unit.
const (
	intRounds   = 128
	floatRounds = 80
	memoryLoads = 80
	tableBytes  = 1 << 20
)

const (
	// batchSteps of the mix are timed at once: 1 to 5 ms, short enough to fall between
	// two interruptions.
	batchSteps = 1000
	// speedTime is how long batches are tried. The best counts, because whatever
	// else happens on a desktop only ever makes a batch slower.
	speedTime = 100 * time.Millisecond
)

// measureSpeed runs the mix on the calling goroutine's core.
func measureSpeed(ctx context.Context) (float64, error) {
	m := newMix()
	best := time.Duration(math.MaxInt64)
	for start := time.Now(); time.Since(start) < speedTime; {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		began := time.Now()
		m.run(batchSteps)
		best = min(best, time.Since(began))
	}
	return batchSteps / (best.Seconds() * 1000), nil
}

// mix is the state of the fixed work; it is kept so that the compiler can't leave
// the work out.
type mix struct {
	integer uint64
	float   float64
	at      uint32
	table   []uint32
}

// newMix builds the table as one cycle through all its entries: i -> a*i + c modulo
// a power of two meets all of them if c is odd and a-1 is a multiple of 4 (Hull and
// Dobell, 1962), in an order that prefetchers don't foresee.
func newMix() *mix {
	m := &mix{integer: 0x9e3779b97f4a7c15, float: 1, table: make([]uint32, tableBytes/4)}
	mask := uint32(len(m.table) - 1)
	for i := range m.table {
		m.table[i] = (uint32(i)*1664525 + 1013904223) & mask
	}
	return m
}

func (m *mix) run(steps int) {
	for range steps {
		m.integer = intStep(m.integer)
		m.float = floatStep(m.float)
		m.at = memoryStep(m.table, m.at)
	}
}

// intStep is xorshift and multiplication; the branch depends on a random bit.
func intStep(x uint64) uint64 {
	for range intRounds {
		x ^= x >> 12
		x ^= x << 25
		if x&(1<<40) != 0 {
			x *= 0x2545f4914f6cdd1d
		} else {
			x += x >> 27
		}
	}
	return x | 1 // 0 would stay 0
}

// floatStep goes towards a root by Newton's method and off again.
func floatStep(x float64) float64 {
	for i := range floatRounds {
		x = 0.5*(x+2/x) + float64(i)*0.001
	}
	return x
}

// memoryStep follows the table's cycle.
func memoryStep(table []uint32, at uint32) uint32 {
	for range memoryLoads {
		at = table[at]
	}
	return at
}
