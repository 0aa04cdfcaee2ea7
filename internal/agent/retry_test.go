package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fallow"
	"fallow/internal/staging/result"
)

func quiet() *Agent { return &Agent{config: Config{Log: slog.New(slog.DiscardHandler)}} }

func TestInsistGoesOnWhileItMayPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries, began := 0, time.Now()
		err := quiet().insist(t.Context(), "test", away, func(context.Context) error {
			if tries++; tries < 12 {
				return fallow.Errorf(fallow.CodeUnavailable, "away")
			}
			return nil
		})
		// Pauses double from half a second to a minute, each cut by half at most.
		if took := time.Since(began); err != nil || tries != 12 || took < 150*time.Second || took > 304*time.Second {
			t.Errorf("%d tries in %s, %v", tries, took, err)
		}
	})
}

func TestInsistEndsWithWhatDoesNotPass(t *testing.T) {
	banned := fallow.Errorf(fallow.CodeDenied, "banned")
	err := quiet().insist(t.Context(), "test", notBanned, func(context.Context) error { return banned })
	if !errors.Is(err, banned) {
		t.Errorf("insist = %v, want %v", err, banned)
	}
}

func TestInsistEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		err := quiet().insist(ctx, "test", away, func(context.Context) error { return fallow.Errorf(fallow.CodeUnavailable, "away") })
		if err == nil || time.Since(began) > time.Minute {
			t.Errorf("insist = %v after %s", err, time.Since(began))
		}
	})
}

func TestWhatMayPass(t *testing.T) {
	for _, test := range []struct {
		code                        fallow.Code
		notBanned, notRefused, full bool
	}{
		{fallow.CodeUnavailable, true, true, true},
		{fallow.CodeInternal, true, true, false},
		{fallow.CodeUnknownUser, true, true, false}, // a clock, or a server being restored
		{fallow.CodeLimit, true, true, true},        // the server's disk is full
		{fallow.CodeInvalid, true, false, false},
		{fallow.CodeConflict, true, false, false},
		{fallow.CodeDenied, false, false, false},
	} {
		err := fallow.Errorf(test.code, "test")
		if notBanned(err) != test.notBanned || notRefused(err) != test.notRefused || awayOrFull(err) != test.full {
			t.Errorf("%s: %t %t %t, want %+v", test.code, notBanned(err), notRefused(err), awayOrFull(err), test)
		}
	}
}

// A file that changes though no process is left is no fault of the node, whether it
// is found when it is collected or when it is sent.
func TestResultsThatChange(t *testing.T) {
	err := fmt.Errorf("send: %w", fallow.Errorf(fallow.CodeConflict, "result %q: %w", "x", result.ErrChanged))
	for _, outcome := range []func(fallow.Outcome, error) fallow.Outcome{resultsFailed, lostOnTheWay} {
		if o := outcome(fallow.Outcome{Kind: fallow.Succeeded}, err); o.Kind != fallow.Failed || !strings.Contains(o.Reason, `"x"`) {
			t.Errorf("%+v, want failed", o)
		}
	}
}

// Whose fault it is that results did not come.
func TestResultsThatDoNotCome(t *testing.T) {
	ended := fallow.Outcome{Kind: fallow.Succeeded, Wall: time.Minute, Results: []fallow.FileRef{{Path: "x"}}}
	for _, test := range []struct {
		name string
		make func(fallow.Outcome, error) fallow.Outcome
		code fallow.Code
		want fallow.OutcomeKind
	}{
		{"too much", resultsFailed, fallow.CodeLimit, fallow.OverLimit},
		{"improper", resultsFailed, fallow.CodeInvalid, fallow.Failed},
		{"unreadable", resultsFailed, fallow.CodeInternal, fallow.NotStarted},
		{"changed", lostOnTheWay, fallow.CodeTampered, fallow.Tampered},
		{"no room at the server", lostOnTheWay, fallow.CodeLimit, fallow.NotStarted},
		{"the server's conflict", lostOnTheWay, fallow.CodeConflict, fallow.NotStarted},
	} {
		o := test.make(ended, fallow.Errorf(test.code, "test"))
		if o.Kind != test.want || len(o.Results) > 0 || o.Wall != time.Minute {
			t.Errorf("%s: %+v, want %s", test.name, o, test.want)
		}
	}
}
