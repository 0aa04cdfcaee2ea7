package portal

import "time"

// Ready says that the program runs.
type Ready struct {
	Notes []string // protections that this kernel lacks, in words
}

// Failed says why no program runs.
type Failed struct {
	Program bool   // the program itself could not be executed; else the sandbox could not be built
	Text    string // what failed, on which thing
}

// Exited says how the program ended.
type Exited struct {
	Status int64 // as wait(2) gives it
	CPU    time.Duration
	Memory int64 // bytes, the largest process
}

// Census counts what lives in the sandbox.
type Census struct {
	Tasks  int64 // threads of all processes
	Memory int64 // bytes: anonymous pages and files in memory
}

// Blind says why PID 1 can count no more.
type Blind struct{ Text string }

// Unlinked is what files without a name, that some process still has open, take up
// in /work and /out.
type Unlinked struct {
	Size  int64 // bytes allocated
	Files int64
}

// Encode gives the form that [DecodeReady] reads.
func (m Ready) Encode() []byte {
	var w writer
	w.texts(m.Notes)
	return w.b
}

// DecodeReady reads what [Ready.Encode] wrote.
func DecodeReady(b []byte) (Ready, error) {
	r := reader{b: b}
	m := Ready{Notes: r.texts()}
	return m, r.end()
}

// Encode gives the form that [DecodeFailed] reads.
func (m Failed) Encode() []byte {
	var w writer
	w.flag(m.Program)
	w.text(m.Text)
	return w.b
}

// DecodeFailed reads what [Failed.Encode] wrote.
func DecodeFailed(b []byte) (Failed, error) {
	r := reader{b: b}
	m := Failed{Program: r.flag(), Text: r.text()}
	return m, r.end()
}

// Encode gives the form that [DecodeExited] reads.
func (m Exited) Encode() []byte {
	var w writer
	w.number(m.Status)
	w.number(int64(m.CPU))
	w.number(m.Memory)
	return w.b
}

// DecodeExited reads what [Exited.Encode] wrote.
func DecodeExited(b []byte) (Exited, error) {
	r := reader{b: b}
	m := Exited{Status: r.number(), CPU: time.Duration(r.number()), Memory: r.number()}
	return m, r.end()
}

// Encode gives the form that [DecodeCensus] reads.
func (m Census) Encode() []byte {
	var w writer
	w.number(m.Tasks)
	w.number(m.Memory)
	return w.b
}

// DecodeCensus reads what [Census.Encode] wrote.
func DecodeCensus(b []byte) (Census, error) {
	r := reader{b: b}
	m := Census{Tasks: r.number(), Memory: r.number()}
	return m, r.end()
}

// Encode gives the form that [DecodeBlind] reads.
func (m Blind) Encode() []byte {
	var w writer
	w.text(m.Text)
	return w.b
}

// DecodeBlind reads what [Blind.Encode] wrote.
func DecodeBlind(b []byte) (Blind, error) {
	r := reader{b: b}
	m := Blind{Text: r.text()}
	return m, r.end()
}

// Encode gives the form that [DecodeUnlinked] reads.
func (m Unlinked) Encode() []byte {
	var w writer
	w.number(m.Size)
	w.number(m.Files)
	return w.b
}

// DecodeUnlinked reads what [Unlinked.Encode] wrote.
func DecodeUnlinked(b []byte) (Unlinked, error) {
	r := reader{b: b}
	m := Unlinked{Size: r.number(), Files: r.number()}
	return m, r.end()
}
