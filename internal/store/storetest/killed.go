package storetest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"fallow"
	"fallow/internal/store"
)

// childDir is the variable that makes a test program the process to be killed.
const childDir = "FALLOW_STORETEST_CHILD"

// Main runs the tests, or, in a process that testKilled started, writes until it is
// killed.
func Main(m *testing.M, open Opener) int {
	dir := os.Getenv(childDir)
	if dir == "" {
		return m.Run()
	}
	fmt.Fprintln(os.Stderr, writeForever(open, dir))
	return 1
}

// perRound is how many subjobs the process leases and ends in one update: more than
// one, so that half an update could be told from a whole one.
const perRound = 7

// writeForever leases and ends subjobs, and says so on standard output after each
// update. It ends with an error only.
func writeForever(open Opener, dir string) error {
	ctx := context.Background()
	s, err := open(ctx, dir)
	if err != nil {
		return err
	}
	for {
		var next int64
		err := s.Update(ctx, func(tx store.Tx) (err error) {
			next, err = writeRound(tx)
			return err
		})
		if err != nil {
			return err
		}
		fmt.Println(next)
	}
}

// writeRound gives the job's next after its update.
func writeRound(tx store.Tx) (int64, error) {
	j, err := tx.Job(1)
	if err != nil {
		return 0, err
	}
	for i := range int64(perRound) {
		a := attempt(j.ID, j.Next+i, 1)
		if err := tx.Lease([]store.Lease{leaseOf("a", a)}); err != nil {
			return 0, err
		}
		if err := tx.EndAttempt(a, fallow.Outcome{Kind: fallow.Succeeded, Tail: "the end"}, now); err != nil {
			return 0, err
		}
		if err := tx.SetSubjob(store.Subjob{ID: a.Subjob, State: store.SubjobSucceeded, Results: results}, now); err != nil {
			return 0, err
		}
	}
	return j.Next + perRound, nil
}

// testKilled kills a process in the middle of its updates, again and again: what it
// said was done is there, and nothing is half done.
func testKilled(t *testing.T, open Opener) {
	dir := t.TempDir()
	s, err := open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	createJob(t, s, fallow.MaxSubjobs)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, updates := range []int{1, 2, 30, 5} {
		acknowledged := killAfter(t, dir, updates)
		checkWhole(t, open, dir, acknowledged)
	}
}

// killAfter starts the process and kills it once it has told of so many updates. It
// gives the last number told.
func killAfter(t *testing.T, dir string, updates int) (last int64) {
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir)
	var problems strings.Builder
	child.Stderr = &problems
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 1; lines.Scan(); n++ {
		if last, err = strconv.ParseInt(lines.Text(), 10, 64); err != nil {
			t.Fatal(err)
		}
		if n == updates {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil || child.ProcessState.Exited() {
		t.Fatalf("the process ended by itself: %v: %s", err, problems.String())
	}
	return last
}

// checkWhole compares what is stored with what was acknowledged: one update may
// have been made durable without being told of.
func checkWhole(t *testing.T, open Opener, dir string, acknowledged int64) {
	s, err := open(t.Context(), dir)
	if err != nil {
		t.Fatalf("open after a kill: %v", err)
	}
	j := job(t, s, 1)
	if j.Next < acknowledged || j.Next > acknowledged+perRound || j.Next%perRound != 0 {
		t.Errorf("next is %d after %d were acknowledged in updates of %d", j.Next, acknowledged, perRound)
	}
	same(t, "counts", fallow.Counts{Total: fallow.MaxSubjobs, Waiting: fallow.MaxSubjobs - j.Next, Succeeded: j.Next}, j.Counts)
	for i := range j.Next {
		a := attempt(1, i, 1)
		if got := ended(t, s, a).Outcome; got.Kind != fallow.Succeeded || got.Tail != "the end" {
			t.Errorf("attempt %s ended as %+v", a, got)
		}
		same(t, "results", results, subjob(t, s, a.Subjob).Results)
	}
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}
