package evm_test

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"fallow"
	"fallow/internal/evm"
	"fallow/internal/evm/evmtest"
)

// busy starts processes that use all the CPU they get, some of them in sessions of
// their own, some stubborn about signals.
const busy = `
	trap '' TERM HUP INT
	for i in 1 2 3 4; do (while :; do :; done) & done
	for i in 1 2 3 4 5 6; do (trap '' TERM HUP INT; sleep 1000) & done
	echo ready; wait`

// ready tells when a program has written its first word.
type ready chan struct{}

func (r ready) Write(p []byte) (int, error) {
	select {
	case <-r:
	default:
		close(r)
	}
	return len(p), nil
}

func startBusy(t *testing.T, m *evm.Machine) *evm.Run {
	t.Helper()
	up := make(ready)
	r := start(t, m, evm.Spec{Argv: shell(busy), Stdout: up})
	<-up
	return r
}

// ticks adds up the CPU time of all programs in sandboxes, in clock ticks.
func ticks(t *testing.T) int {
	t.Helper()
	sum := 0
	for _, pid := range evmtest.Programs(t, hostUser()) {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil {
			continue
		}
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')'):]))
		for _, field := range fields[12:14] { // utime and stime, proc(5)
			n, err := strconv.Atoi(field)
			if err != nil {
				t.Fatal(err)
			}
			sum += n
		}
	}
	return sum
}

// stillness is how long a paused run is watched: a few clock ticks of 10 ms.
const stillness = 150 * time.Millisecond

func TestPauseResume(t *testing.T) {
	r := startBusy(t, newMachine(t))
	for range 3 {
		if err := r.Pause(t.Context()); err != nil {
			t.Fatal(err)
		}
		before := ticks(t)
		<-time.After(stillness) // the time itself is what is tested
		if after := ticks(t); after != before {
			t.Errorf("a paused run used %d ticks", after-before)
		}
		if err := r.PageOut(); err != nil {
			t.Error(err)
		}
		if !r.Paused() {
			t.Error("a paused run does not say so")
		}
		if err := r.Resume(); err != nil {
			t.Fatal(err)
		}
		for ticks(t) == before { // ends only when it runs again
		}
	}
	r.Kill("the test is over")
	e := r.Wait()
	if e.Killed != "the test is over" || e.Outcome().Kind != fallow.Cancelled || e.Paused < 3*stillness {
		t.Errorf("exit %+v", e)
	}
	if err := r.Pause(t.Context()); fallow.CodeOf(err) != fallow.CodeConflict {
		t.Errorf("pause after the end: %v", err)
	}
	if err := r.Resume(); err != nil && fallow.CodeOf(err) != fallow.CodeConflict {
		t.Errorf("resume after the end: %v", err)
	}
}

func TestKillWhilePaused(t *testing.T) {
	r := startBusy(t, newMachine(t))
	if err := r.Pause(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.Kill("evicted")
	if e := r.Wait(); e.Reason != "evicted" {
		t.Errorf("exit %+v", e)
	}
}

// TestPauseStopsTheClock checks that the owner of a desktop doesn't cost a job its
// time.
func TestPauseStopsTheClock(t *testing.T) {
	m := newMachine(t)
	r := start(t, m, evm.Spec{Argv: []string{"sleep", "1000"}, Limits: evm.Limits{Time: 200 * time.Millisecond}})
	if err := r.Pause(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {
	case <-r.Done():
		t.Errorf("it ended while it was paused: %+v", r.Wait())
	case <-time.After(500 * time.Millisecond): // more than its time
	}
	if err := r.Resume(); err != nil {
		t.Fatal(err)
	}
	if e := r.Wait(); e.Limit != evm.LimitTime {
		t.Errorf("exit %+v", e)
	}
}
