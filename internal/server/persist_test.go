package server

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"fallow"
)

func TestPersistBeginsAgainUntilItIsHopeless(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{config: Config{Log: slog.New(slog.DiscardHandler)}}
		tries, began := 0, time.Now()
		err := s.persist(t.Context(), "test", func(context.Context) error {
			if tries++; tries <= 10 {
				return fallow.Errorf(fallow.CodeLimit, "the disk is full")
			}
			return fallow.Errorf(fallow.CodeTampered, "the database is damaged")
		})
		// Pauses of 1, 2, 4, ... 32 s, then of a minute.
		if took := time.Since(began); fallow.CodeOf(err) != fallow.CodeTampered || tries != 11 || took != (63+4*60)*time.Second {
			t.Errorf("%d tries in %s, %v", tries, took, err)
		}
	})
}

func TestPersistEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{config: Config{Log: slog.New(slog.DiscardHandler)}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour+time.Second/2)
		defer cancel()
		began := time.Now()
		err := s.persist(ctx, "test", func(context.Context) error { return fallow.Errorf(fallow.CodeUnavailable, "locked") })
		if err != nil || time.Since(began) > time.Hour+time.Second {
			t.Errorf("persist = %v after %s, want no error at the end of its context", err, time.Since(began))
		}
	})
}
