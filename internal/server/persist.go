package server

import (
	"context"
	"fmt"
	"time"

	"fallow"
)

// The pauses after which a background task that failed is begun again.
const (
	firstPause = time.Second
	mostPause  = time.Minute
)

// persist keeps a background task going until ctx ends. A full disk or a locked
// database is not the end of a server that nodes depend on: the task is begun again,
// later each time, and the error logged. Only a damaged database is hopeless.
func (s *Server) persist(ctx context.Context, what string, task func(context.Context) error) error {
	pause := firstPause
	for {
		began := time.Now()
		err := task(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if fallow.CodeOf(err) == fallow.CodeTampered {
			return fmt.Errorf("%s: %w", what, err)
		}
		if time.Since(began) > mostPause {
			pause = firstPause
		}
		s.config.Log.Error("a background task failed and is begun again", "task", what, "error", err, "in", pause)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		pause = min(2*pause, mostPause)
	}
}
