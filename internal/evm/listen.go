package evm

import (
	"errors"

	"fallow"
	"fallow/internal/evm/internal/portal"
)

// listen hears what PID 1 says until it is gone.
func (r *Run) listen() {
	for {
		kind, payload, err := portal.Read(r.pipes.portal.ours)
		if err == nil {
			err = r.hear(kind, payload)
		}
		if err != nil {
			r.settle(errEndedEarly)
			return
		}
	}
}

var errEndedEarly = errors.New("PID 1 of the sandbox ended before it started the program")

// settle says once whether the program runs.
func (r *Run) settle(err error) {
	select {
	case r.ready <- err:
	default:
	}
}

func (r *Run) hear(kind portal.Kind, payload []byte) error {
	switch kind {
	case portal.KindReady:
		ready, err := portal.DecodeReady(payload)
		r.notes = ready.Notes
		r.mu.Lock()
		r.ran = true
		r.mu.Unlock()
		r.settle(err)
		return err
	case portal.KindFailed:
		failed, err := portal.DecodeFailed(payload)
		if err == nil {
			r.mu.Lock()
			r.failed = true
			r.mu.Unlock()
			r.settle(explainFailed(failed))
		}
		return err
	case portal.KindExited:
		exited, err := portal.DecodeExited(payload)
		if err == nil {
			r.mu.Lock()
			r.exited = &exited
			r.mu.Unlock()
		}
		return err
	case portal.KindCensus:
		count, err := portal.DecodeCensus(payload)
		if err == nil {
			r.judgeCensus(count)
		}
		return err
	case portal.KindUnlinked:
		unlinked, err := portal.DecodeUnlinked(payload)
		if err == nil {
			r.mu.Lock()
			r.unlinked = diskUse{size: fallow.Size(unlinked.Size), files: unlinked.Files}
			r.mu.Unlock()
		}
		return err
	case portal.KindBlind:
		blind, err := portal.DecodeBlind(payload)
		if err == nil {
			r.end(verdict{broken: true, reason: "what it uses can't be counted any more, so that no limit would hold: " + blind.Text})
		}
		return err
	case portal.Stopped, portal.Continued:
		r.keepWord(kind)
	}
	return nil
}

// keepWord keeps the last word for [Run.tell]. One that nobody waits for any more,
// since its pause was given up, makes room.
func (r *Run) keepWord(kind portal.Kind) {
	select {
	case <-r.word:
	default:
	}
	r.word <- kind // has room: nobody else sends
}

func explainFailed(f portal.Failed) error {
	if f.Program {
		return fallow.Errorf(fallow.CodeNotFound, "%s", f.Text)
	}
	return fallow.Errorf(fallow.CodeUnsupported, "build the sandbox: %s", f.Text).
		WithHint("'fallow-agent doctor' says what this machine lacks")
}
