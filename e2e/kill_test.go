package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"fallow"
	"fallow/internal/client"
)

// The kill test's job and its faults.
const (
	killSubjobs = 120
	killNodes   = 3
	kills       = 12
)

// Whatever is killed with SIGKILL, at whatever moment: no finished subjob is lost,
// none counts twice, the job completes, and nothing is left behind. FALLOW_SEED
// repeats a run's choices.
func TestKillAnything(t *testing.T) {
	need(t, "python3")
	if os.Geteuid() != 0 {
		t.Log("not root: subjobs' processes are found, but control groups are not looked at")
	}
	random := seeded(t)
	g := newGrid(t, killNodes)
	g.write("work.py", "#!/usr/bin/env python3\nimport sys, time\ntime.sleep(0.2)\nprint(int(sys.argv[1]))\n")
	g.submit(fmt.Sprintf(`name: kill
run: work.py {n}
app: {script: work.py}
split: {range: {name: n, from: 1, to: %d}}
collect: {stats: stdout, column: 1, into: sum.tsv}
needs: {memory: 128MiB, disk: 16MiB}
retries: 50
`, killSubjobs))
	c := g.client()
	g.waitUntil("the first results", func() bool { return g.job(killJob).Counts.Succeeded >= 3 })

	finished := map[int64]bool{}
	for range kills {
		time.Sleep(time.Duration(100+random.IntN(700)) * time.Millisecond) // the moment is the test's input
		noteFinished(g, c, finished)
		g.killSomething(random)
		if g.job(killJob).Counts.Finished() {
			break
		}
	}
	g.becomes(killJob, fallow.JobSucceeded)
	checkNothingLost(g, c, finished)
	g.checkNothingLeft()
}

// seeded gives the test's random numbers and prints how to have them again.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("FALLOW_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("FALLOW_SEED: %v", err)
		}
	}
	t.Logf("repeat with FALLOW_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// killSomething kills the server, a node's agent or a process of a running subjob,
// and starts again what an operator would.
func (g *grid) killSomething(random *rand.Rand) {
	g.t.Helper()
	switch random.IntN(3) {
	case 0:
		g.t.Log("killing the server")
		g.server.stop(syscall.SIGKILL)
		g.server.begin()
	case 1:
		n := random.IntN(len(g.nodes))
		g.t.Logf("killing the agent of node %d", n)
		g.nodes[n].stop(syscall.SIGKILL)
		g.nodes[n].begin()
	case 2:
		pids := descendants(g.nodes[random.IntN(len(g.nodes))].cmd.Process.Pid)
		if len(pids) == 0 {
			g.t.Log("no subjob to kill")
			return
		}
		pid := pids[random.IntN(len(pids))]
		g.t.Logf("killing process %d of a subjob", pid)
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended meanwhile
	}
}

const killJob fallow.JobID = 1

// noteFinished remembers which subjobs the server has said to have succeeded.
func noteFinished(g *grid, c *client.Client, finished map[int64]bool) {
	g.t.Helper()
	for sub, err := range c.Subjobs(g.t.Context(), killJob, "succeeded") {
		if err != nil {
			return // the server is starting; the next look finds them
		}
		finished[sub.ID.Index] = true
	}
}

// checkNothingLost wants every subjob to have succeeded once: the numbers they
// printed add up, and what was finished stayed so.
func checkNothingLost(g *grid, c *client.Client, finished map[int64]bool) {
	g.t.Helper()
	if counts := g.job(killJob).Counts; counts.Succeeded != killSubjobs {
		g.t.Fatalf("the job succeeded with %+v", counts)
	}
	for sub, err := range c.Subjobs(g.t.Context(), killJob, "") {
		if err != nil {
			g.t.Fatal(err)
		}
		delete(finished, sub.ID.Index)
		checkOnce(g, c, sub.ID)
	}
	if len(finished) > 0 {
		g.t.Errorf("subjobs %v had succeeded and are gone", finished)
	}
	want := fmt.Sprintf("%d\t%v\t", killSubjobs, float64(killSubjobs+1)/2)
	_, row, _ := strings.Cut(g.read(filepath.Join(g.results(killJob), "sum.tsv")), "\n")
	if !strings.HasPrefix(row, want) {
		g.t.Errorf("statistics %q, want count and mean %q", row, want)
	}
}

// checkOnce wants exactly one attempt of a subjob to have succeeded.
func checkOnce(g *grid, c *client.Client, id fallow.SubjobID) {
	g.t.Helper()
	attempts, err := c.Attempts(g.t.Context(), id)
	if err != nil {
		g.t.Fatal(err)
	}
	succeeded := 0
	for _, a := range attempts {
		if a.Outcome.Kind == fallow.Succeeded {
			succeeded++
		}
	}
	if succeeded != 1 {
		g.t.Errorf("subjob %s succeeded %d times: %+v", id, succeeded, attempts)
	}
}
