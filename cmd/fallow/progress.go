package main

import (
	"fmt"
	"time"

	"fallow"
	"fallow/internal/client"
)

// progress shows how something goes on: on a terminal as one line that is written
// again and again, otherwise as a line now and then, and with --json not at all
// but for the objects of a watched job.
type progress struct {
	e     *env
	last  string
	drawn bool      // the terminal's line has text
	at    time.Time // of the last line
}

// The least time between two lines.
const (
	terminalEvery = 100 * time.Millisecond
	plainEvery    = 5 * time.Second
)

// newProgress starts now: without a terminal, what is done in a moment gets no line.
func newProgress(e *env) *progress {
	p := &progress{e: e}
	if !e.terminal {
		p.at = time.Now()
	}
	return p
}

// status shows a state; one that comes too soon after another is left out.
func (p *progress) status(format string, args ...any) {
	text := oneLine(fmt.Sprintf(format, args...))
	every := plainEvery
	if p.e.terminal {
		every = terminalEvery
	}
	if p.e.json || text == p.last || time.Since(p.at) < every {
		return
	}
	p.last, p.at = text, time.Now()
	if p.e.terminal {
		p.drawn = true
		fmt.Fprintf(p.e.err, "\r\x1b[K%.*s", terminalColumns, text)
		return
	}
	fmt.Fprintln(p.e.err, text)
}

// terminalColumns keeps the line from wrapping on the narrowest usual terminal.
const terminalColumns = 79

// clear removes the terminal's line, so that something else can be written.
func (p *progress) clear() {
	if p.drawn {
		fmt.Fprint(p.e.err, "\r\x1b[K")
		p.drawn, p.last = false, ""
	}
}

// job shows a job that may have changed since the last look.
func (p *progress) job(job, last fallow.Job) error {
	if job.State == last.State && job.Counts == last.Counts {
		return nil
	}
	p.status("job %s %s: %s", job.ID, job.State, progressText(job.Counts))
	return p.e.object(viewJob(job))
}

// upload shows how far an upload is.
func (p *progress) upload(m client.Moved) {
	if m.Total > 0 {
		p.status("uploading: %s of %s (%d%%)", fallow.Size(m.Done), fallow.Size(m.Total), m.Done*100/m.Total)
	}
}
