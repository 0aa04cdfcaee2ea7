package verify

import (
	"hash/maphash"
	"sync"
	"time"

	"fallow/internal/nodes/sign"
)

const (
	// MaxRemembered bounds the requests that one server remembers; at 3,400 requests
	// a second they last the whole remembering time. Beyond it the oldest are
	// forgotten first.
	MaxRemembered = 1 << 21
	// shards of the memory lock one by one. A node is always in the same shard, so
	// that a flood from one can push out only what its neighbours sent.
	shards = 64
	// rememberFor covers a signature from MaxSkew ahead of the server's clock, which
	// stays valid until MaxSkew behind it.
	rememberFor = 2 * sign.MaxSkew
)

// memory knows the requests of the last rememberFor by a 64-bit hash, whose seed
// nobody outside knows: two different requests collide once in 10^12.
type memory struct {
	seed   maphash.Seed
	shards [shards]shard
}

// shard is a queue of requests, oldest first, and the set of them.
type shard struct {
	mu    sync.Mutex
	limit int
	set   map[uint64]struct{}
	queue []remembered
	head  int // of the queue; what is before it is free
}

type remembered struct {
	hash  uint64
	until int64 // Unix nanoseconds
}

func newMemory() *memory {
	m := &memory{seed: maphash.MakeSeed()}
	for i := range m.shards {
		m.shards[i].limit = MaxRemembered / shards
		m.shards[i].set = make(map[uint64]struct{})
	}
	return m
}

// first tells whether the node sends the nonce for the first time, and remembers it.
func (m *memory) first(node, nonce string, now time.Time) bool {
	s := &m.shards[maphash.String(m.seed, node)%shards]
	return s.first(maphash.String(m.seed, node+"\n"+nonce), now.UnixNano())
}

func (s *shard) first(hash uint64, now int64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(now)
	if _, ok := s.set[hash]; ok {
		return false
	}
	s.set[hash] = struct{}{}
	s.queue = append(s.queue, remembered{hash, now + int64(rememberFor)})
	return true
}

// forget makes room: of what is too old, and of the oldest when the shard is full.
// The queue moves to its start when half of it is free, which costs each entry one
// move at most.
func (s *shard) forget(now int64) {
	for s.head < len(s.queue) && (s.queue[s.head].until < now || len(s.set) >= s.limit) {
		delete(s.set, s.queue[s.head].hash)
		s.head++
	}
	if s.head > len(s.queue)/2 {
		s.queue = s.queue[:copy(s.queue, s.queue[s.head:])]
		s.head = 0
	}
}
