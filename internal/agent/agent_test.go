package agent_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fallow"
	"fallow/internal/agent"
	"fallow/internal/client"
	"fallow/internal/evm"
)

var stdout = fallow.Collect{Concat: &fallow.CollectConcat{File: fallow.StdoutName, Into: "all"}}

// long begins, says so in its folder of results, and runs on.
var long = []string{"sh", "-c", "echo > /out/began; sleep 1000"}

func TestProgramRuns(t *testing.T) {
	g := newGrid(t)
	n := g.join(g.url(), nil)
	job := g.ended(g.submit(func(s *fallow.JobSpec) {
		s.Collect = stdout
		s.Split.Range = &fallow.RangeSplit{Name: "n", From: 1, To: 6, Step: 1}
	}, "echo", "number", "{n}"))
	if got := g.result(job); got != "number 1\nnumber 2\nnumber 3\nnumber 4\nnumber 5\nnumber 6\n" {
		t.Errorf("result %q", got)
	}
	must(t, n.stop())
	if !n.idle(t) {
		t.Error("the agent left an attempt's folder")
	}
}

// A program may leave more files in its work folder than results are allowed.
func TestStandardOutputIsApartFromWhatIsLeft(t *testing.T) {
	g := newGrid(t)
	g.join(g.url(), nil)
	job := g.ended(g.submit(func(s *fallow.JobSpec) { s.Collect = stdout },
		"sh", "-c", "i=0; while [ $i -lt 100 ]; do i=$((i+1)); mkdir -p d$i; cd d$i; done; ln -s /etc/passwd x; echo done"))
	if got := g.result(job); got != "done\n" {
		t.Errorf("result %q", got)
	}
}

func TestOutcomesOfPrograms(t *testing.T) {
	g := newGrid(t)
	n := g.join(g.url(), nil)
	for _, test := range []struct {
		name, script string
		change       func(*fallow.JobSpec)
		want         fallow.Outcome
	}{
		{"failed", "echo the reason >&2; exit 3", nil, fallow.Outcome{Kind: fallow.Failed, ExitCode: 3, Tail: "the reason\n"}},
		{"crashed", "kill -SEGV $$", nil, fallow.Outcome{Kind: fallow.Crashed, Signal: "SIGSEGV"}},
		{"too long", "sleep 1000", func(s *fallow.JobSpec) { s.Needs.MaxTime = time.Second }, fallow.Outcome{Kind: fallow.TooLong, Limit: evm.LimitTime}},
		{"too short", "true", func(s *fallow.JobSpec) { s.Needs.MinTime = time.Hour }, fallow.Outcome{Kind: fallow.TooShort}},
		{"results too large", "echo 123456789 > /out/x", func(s *fallow.JobSpec) { s.Needs.Output = 4 }, fallow.Outcome{Kind: fallow.OverLimit, Limit: "output"}},
		{"improper result", "ln -s /etc/passwd /out/x", nil, fallow.Outcome{Kind: fallow.Failed}},
	} {
		t.Run(test.name, func(t *testing.T) {
			// Three quick failures make a node a suspect; here they are meant.
			_, err := g.SetNode(t.Context(), n.id, client.NodeChange{State: fallow.NodeActive})
			must(t, err)
			id := g.submit(test.change, "sh", "-c", test.script)
			got := g.attempt(id, 1)
			if err := g.Cancel(t.Context(), id); fallow.CodeOf(err) != fallow.CodeConflict { // it may have ended
				must(t, err)
			}
			if got.Kind != test.want.Kind || got.ExitCode != test.want.ExitCode || got.Signal != test.want.Signal || got.Limit != test.want.Limit {
				t.Errorf("outcome %+v, want %+v", got, test.want)
			}
			if test.want.Tail != "" && !strings.Contains(got.Tail, test.want.Tail) {
				t.Errorf("tail %q, want %q", got.Tail, test.want.Tail)
			}
		})
	}
}

// spoil changes the first byte of a file under dir whose content is as given.
func spoil(t *testing.T, dir, content string) {
	t.Helper()
	found := false
	must(t, filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil || string(raw) != content {
			return err
		}
		found = true
		must(t, os.Chmod(path, 0o644))
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		must(t, err)
		_, err = file.WriteAt([]byte{raw[0] ^ 1}, 0)
		must(t, err)
		return file.Close()
	}))
	if !found {
		t.Fatalf("no file under %s to spoil", dir)
	}
}

func TestTamperedBundleIsToldAndLaidAnew(t *testing.T) {
	g := newGrid(t)
	n := g.join(g.url(), nil)
	say := func() fallow.JobID {
		return g.submit(func(s *fallow.JobSpec) { s.Collect, s.Retries = stdout, 3 }, "echo", "hello")
	}
	g.ended(say())
	echo, err := os.ReadFile("/bin/echo")
	must(t, err)
	spoil(t, filepath.Join(n.dir, "trees"), string(echo))
	id := say()
	if o := g.attempt(id, 1); o.Kind != fallow.Tampered || !strings.Contains(o.Reason, "echo") {
		t.Errorf("first attempt: %+v, want tampered", o)
	}
	if job := g.ended(id); g.result(job) != "hello\n" {
		t.Errorf("job is %s: %s", job.State, job.Reason)
	}
}

func TestDamagedCacheIsFetchedAgain(t *testing.T) {
	g := newGrid(t)
	n := g.join(g.url(), nil)
	content := "an input file of some length\n"
	input := g.upload(content)
	read := func() fallow.Job {
		return g.ended(g.submit(func(s *fallow.JobSpec) {
			s.Collect = stdout
			s.Inputs = []fallow.InputFile{{Name: "sub/in.txt", FileRef: input}}
		}, "cat", "{in}/sub/in.txt"))
	}
	if got := g.result(read()); got != content {
		t.Fatalf("result %q", got)
	}
	g.waitUntil("the attempt's folder to go", func() bool { return n.idle(t) })
	spoil(t, filepath.Join(n.dir, "cache"), content)
	job := read()
	if got := g.result(job); got != content {
		t.Errorf("result %q after the cache was damaged", got)
	}
	if all := g.attempts(job.ID); len(all) != 1 {
		t.Errorf("%d attempts, want one", len(all))
	}
}

// upload brings a file to the server.
func (g *grid) upload(content string) fallow.FileRef {
	g.t.Helper()
	ref := fallow.FileRef{Digest: fallow.DigestOf([]byte(content)), Size: int64(len(content))}
	must(g.t, g.Upload(g.t.Context(), []client.LocalFile{{
		Name: "in.txt", Digest: ref.Digest, Size: ref.Size,
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil },
	}}, nil))
	return ref
}

// A cache without room is the node's fault, and not the subjob's.
func TestInputThatDoesNotFitIsNotStarted(t *testing.T) {
	g := newGrid(t)
	g.join(g.url(), func(c *agent.Config) { c.Cache = 8 * fallow.KiB })
	input := g.upload(strings.Repeat("0123456789", 10_000))
	id := g.submit(func(s *fallow.JobSpec) {
		s.Inputs = []fallow.InputFile{{Name: "in.txt", FileRef: input}}
	}, "cat", "{in}/in.txt")
	if o := g.attempt(id, 1); o.Kind != fallow.NotStarted || !strings.Contains(o.Reason, "in.txt") {
		t.Errorf("outcome %+v, want not-started for the input", o)
	}
}

func TestUnwantedAttemptIsEnded(t *testing.T) {
	g := newGrid(t)
	n := g.join(g.url(), nil)
	id := g.submit(nil, long...)
	g.runs(n)
	must(t, g.Cancel(t.Context(), id))
	g.waitUntil("the attempt's end", func() bool { return n.idle(t) })
	if o := g.attempt(id, 1); o.Kind != fallow.Cancelled || !strings.Contains(o.Reason, "cancelled by admin") {
		t.Errorf("outcome %+v", o)
	}
}

// The subjob moves on at once, and not when the lease has run out.
func TestStoppedAgentTellsSoAndLeavesNothing(t *testing.T) {
	g := newGrid(t)
	n := g.join(g.url(), nil)
	id := g.submit(nil, long...)
	g.runs(n)
	must(t, n.stop())
	all := g.attempts(id)
	if len(all) != 1 || all[0].Outcome.Kind != fallow.Evicted || all[0].Outcome.Reason != "the agent was stopped" {
		t.Errorf("attempts %+v, want one that was evicted", all)
	}
	if !n.idle(t) {
		t.Error("the agent left the attempt's folder")
	}
}

// A server that cannot be reached does not keep an agent from ending.
func TestAgentStopsWithoutItsServer(t *testing.T) {
	g := newGrid(t)
	n := g.join(g.url(), nil)
	g.submit(nil, long...)
	g.runs(n)
	must(t, g.server.stop())
	must(t, n.stop())
	if !n.idle(t) {
		t.Error("the agent left the attempt's folder")
	}
}

func TestWorkOutlivesTheServer(t *testing.T) {
	g := newGrid(t)
	n := g.join(g.url(), nil)
	id := g.submit(func(s *fallow.JobSpec) {
		s.Collect = fallow.Collect{Concat: &fallow.CollectConcat{File: "began", Into: "all"}}
	}, "sh", "-c", "echo kept > /out/began; sleep 2; echo > /out/ends")
	g.runs(n)
	must(t, g.server.stop())
	g.waitUntil("the program's end", func() bool {
		found, err := filepath.Glob(filepath.Join(n.dir, "attempts", "*", "out", "ends"))
		must(t, err)
		return len(found) > 0
	})
	g.startServer()
	job := g.ended(id)
	if got := g.result(job); got != "kept\n" {
		t.Errorf("result %q", got)
	}
	if all := g.attempts(id); len(all) != 1 || all[0].Outcome.Kind != fallow.Succeeded {
		t.Errorf("attempts %+v, want one that succeeded", all)
	}
}

func TestBannedAgentEndsWithTheReason(t *testing.T) {
	g := newGrid(t)
	n := g.join(g.url(), func(c *agent.Config) { c.Cores = 1 })
	g.submit(nil, long...)
	g.runs(n)
	_, err := g.SetNode(t.Context(), n.id, client.NodeChange{State: fallow.NodeBanned, Reason: "it was sold"})
	must(t, err)
	n.wg.Wait()
	if fallow.CodeOf(n.err) != fallow.CodeDenied || !strings.Contains(n.err.Error(), "it was sold") {
		t.Errorf("the agent ended with %v, want the reason of the ban", n.err)
	}
	n.err = nil // it was meant
	if !n.idle(t) {
		t.Error("a banned node still runs the grid's work")
	}
}

func TestMachineJoinsOnce(t *testing.T) {
	g := newGrid(t)
	var config agent.Config
	n := g.join(g.url(), func(c *agent.Config) { config = *c })
	must(t, n.stop())
	invitation, err := g.core.NewJoinToken(t.Context(), "test", time.Hour, 1)
	must(t, err)
	if _, err := agent.Join(t.Context(), config, g.url(), invitation.Reveal()); fallow.CodeOf(err) != fallow.CodeConflict {
		t.Errorf("second join: %v, want conflict", err)
	}
	must(t, os.Remove(filepath.Join(config.IdentityDir(), identityFile(t, config))))
	if _, err := agent.Join(t.Context(), config, g.url(), invitation.Reveal()); err == nil {
		t.Error("joined over half an identity")
	}
	config.Dir = t.TempDir()
	if _, err := agent.Join(t.Context(), config, g.url(), invitation.Reveal()); err != nil {
		t.Errorf("the token was used up by joins that could not succeed: %v", err)
	}
}

// identityFile names one of the files of an identity.
func identityFile(t *testing.T, c agent.Config) string {
	t.Helper()
	entries, err := os.ReadDir(c.IdentityDir())
	must(t, err)
	return entries[0].Name()
}
