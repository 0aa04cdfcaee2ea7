package portal

import "time"

// Setup is everything PID 1 must know to build a sandbox and start its program.
type Setup struct {
	Strict      bool   // no writable memory may become code (paper, 4.3.2)
	KeepSession bool   // the priority rests on the session: the program can't leave it
	CountMemory bool   // no control group counts memory: PID 1 does, and what it can't count is refused
	SwitchUser  bool   // PID 1 was started by root and takes its mapped user itself
	Tree        string // host directory that becomes the root's content, read-only
	Systems     []string
	In          string // host directories for /in, /work and /out; "" makes them empty and in memory
	Work        string
	Out         string
	Scratch     int64 // bytes in memory for /tmp, /dev/shm and whatever of the above is ""
	Argv        []string
	Env         []string
	OpenFiles   int64 // per process
	FileSize    int64 // bytes per file
	Procs       int64 // processes and threads
	Census      time.Duration
	Silence     time.Duration // after this long without a word from the controller PID 1 exits
}

// Encode gives the form that [DecodeSetup] reads.
func (s *Setup) Encode() []byte {
	var w writer
	w.flag(s.Strict)
	w.flag(s.KeepSession)
	w.flag(s.CountMemory)
	w.flag(s.SwitchUser)
	w.text(s.Tree)
	w.texts(s.Systems)
	w.text(s.In)
	w.text(s.Work)
	w.text(s.Out)
	w.number(s.Scratch)
	w.texts(s.Argv)
	w.texts(s.Env)
	w.number(s.OpenFiles)
	w.number(s.FileSize)
	w.number(s.Procs)
	w.number(int64(s.Census))
	w.number(int64(s.Silence))
	return w.b
}

// DecodeSetup reads what [Setup.Encode] wrote.
func DecodeSetup(b []byte) (*Setup, error) {
	r := reader{b: b}
	s := &Setup{
		Strict:      r.flag(),
		KeepSession: r.flag(),
		CountMemory: r.flag(),
		SwitchUser:  r.flag(),
		Tree:        r.text(),
		Systems:     r.texts(),
		In:          r.text(),
		Work:        r.text(),
		Out:         r.text(),
		Scratch:     r.number(),
		Argv:        r.texts(),
		Env:         r.texts(),
		OpenFiles:   r.number(),
		FileSize:    r.number(),
		Procs:       r.number(),
		Census:      time.Duration(r.number()),
		Silence:     time.Duration(r.number()),
	}
	return s, r.end()
}
