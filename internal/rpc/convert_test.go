package rpc_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"fallow"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1"
)

func drawDigest(t *rapid.T) fallow.Digest {
	return fallow.DigestOf([]byte(rapid.StringN(1, 8, -1).Draw(t, "content")))
}

func drawTime(t *rapid.T) time.Time {
	return rpc.FromTime(rapid.Int64Range(0, 1<<60).Draw(t, "time"))
}

func drawResults(t *rapid.T) []fallow.FileRef {
	names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{1,4}(/[a-z]{1,4})?`), 0, 4, rapid.ID).Draw(t, "names")
	var refs []fallow.FileRef
	for _, name := range names {
		refs = append(refs, fallow.FileRef{
			Path: name, Digest: drawDigest(t), Size: rapid.Int64Range(0, int64(fallow.MaxFile)).Draw(t, "size"),
		})
	}
	return refs
}

func drawOutcome(t *rapid.T) fallow.Outcome {
	return fallow.Outcome{
		Kind:     rapid.SampledFrom(fallow.OutcomeKinds).Draw(t, "kind"),
		Reason:   rapid.String().Draw(t, "reason"),
		ExitCode: rapid.IntRange(0, 255).Draw(t, "exit"),
		Signal:   rapid.SampledFrom([]string{"", "SIGSEGV"}).Draw(t, "signal"),
		Limit:    rapid.SampledFrom([]string{"", "memory"}).Draw(t, "limit"),
		Tail:     string(rapid.SliceOf(rapid.Byte()).Draw(t, "tail")),
		Results:  drawResults(t),
		Wall:     time.Duration(rapid.Int64Range(0, 1<<50).Draw(t, "wall")),
		Usage: fallow.Usage{
			CPU:    time.Duration(rapid.Int64Range(0, 1<<50).Draw(t, "cpu")),
			Memory: fallow.Size(rapid.Int64Range(0, 1<<50).Draw(t, "memory")),
			Disk:   fallow.Size(rapid.Int64Range(0, 1<<50).Draw(t, "disk")),
			Procs:  rapid.IntRange(0, 1<<20).Draw(t, "procs"),
		},
	}
}

func drawSubjob(t *rapid.T) fallow.SubjobID {
	return fallow.SubjobID{
		Job:   fallow.JobID(rapid.Int64Range(1, 1<<40).Draw(t, "job")),
		Index: rapid.Int64Range(0, fallow.MaxSubjobs-1).Draw(t, "index"),
	}
}

func TestAttemptThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := fallow.Attempt{
			ID:   fallow.AttemptID{Subjob: drawSubjob(t), Number: rapid.IntRange(1, fallow.MaxAttempts).Draw(t, "number")},
			Node: "abcdefgh", Started: drawTime(t), Ended: drawTime(t), Outcome: drawOutcome(t),
		}
		got, name, err := rpc.FromAttempt(sendOver(t, rpc.ToAttempt(want, "desk-7")))
		if err != nil || name != "desk-7" {
			t.Fatalf("name %q, error %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestRunningAttemptHasNoOutcome(t *testing.T) {
	want := fallow.Attempt{ID: fallow.AttemptID{Subjob: fallow.SubjobID{Job: 1}, Number: 1}, Node: "n"}
	got, _, err := rpc.FromAttempt(sendOver(t, rpc.ToAttempt(want, "")))
	if err != nil || !got.Running() || !cmp.Equal(want, got) {
		t.Errorf("got %+v, error %v", got, err)
	}
}

func TestJobThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := fallow.Job{
			ID: drawSubjob(t).Job, Owner: "ada", State: fallow.JobHeld, Reason: "all failed",
			Counts:    fallow.Counts{Total: 6, Waiting: 1, Running: 1, Succeeded: 2, Failed: 1, Cancelled: 1},
			Submitted: drawTime(t), Finished: drawTime(t), Results: drawResults(t),
			Spec: fallow.JobSpec{Name: "globins", Command: []string{"hmmsearch", "{slice}"}, Bundle: drawDigest(t), Priority: -3},
		}
		wire, err := rpc.ToJob(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := rpc.FromJob(sendOver(t, wire))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestJobLineLeavesOutTheSpecification(t *testing.T) {
	job := fallow.Job{ID: 3, Spec: fallow.JobSpec{Name: "n", Priority: 5, Command: []string{"x"}}, Results: []fallow.FileRef{{Path: "r"}}}
	got, err := rpc.FromJob(rpc.ToJobLine(job))
	want := fallow.Job{ID: 3, Spec: fallow.JobSpec{Name: "n", Priority: 5}}
	if err != nil || !cmp.Equal(want, got) {
		t.Errorf("got %+v, error %v", got, err)
	}
}

func TestNodeThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := fallow.Node{
			ID: "abcdefgh", Name: rapid.String().Draw(t, "name"), State: fallow.NodeActive, Reason: "ok",
			Labels: map[string]string{"room": "12"}, Joined: drawTime(t), LastSeen: drawTime(t), Running: 2,
			Quarantine: fallow.Quarantine{Until: drawTime(t)},
			Inventory: fallow.Inventory{
				OS: "linux", Arch: "amd64", CPUModel: "Zen", Cores: 8, CPUSpeed: 1.5, Memory: 4 * fallow.GiB,
				Disk: 9 * fallow.GiB, Version: "1", Features: []string{"landlock"}, Systems: []string{"/usr/lib/jvm"},
			},
		}
		got, err := rpc.FromNode(sendOver(t, rpc.ToNode(want)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestBadMessagesAreRefused(t *testing.T) {
	digest := make([]byte, 32)
	outcome := func(change func(*fallowv1.Outcome)) error {
		o := &fallowv1.Outcome{Kind: "failed"}
		change(o)
		_, err := rpc.FromOutcome(o)
		return err
	}
	file := func(path string, size int64, digest []byte) error {
		_, err := rpc.FromFileRef(&fallowv1.FileRef{Path: path, Size: size, Digest: digest})
		return err
	}
	inventory := func(v *fallowv1.Inventory) error {
		_, err := rpc.FromInventory(v)
		return err
	}
	_, subjobErr := rpc.FromSubjobID(&fallowv1.SubjobID{Job: 1, Index: -1})
	_, attemptErr := rpc.FromAttemptID(&fallowv1.AttemptID{Job: 1})
	_, missingErr := rpc.FromAttemptID(nil)
	_, jobErr := rpc.FromJobID(0)
	_, twiceErr := rpc.FromFileRefs([]*fallowv1.FileRef{{Path: "a", Digest: digest}, {Path: "a", Digest: digest}})
	_, resourcesErr := rpc.FromResources(&fallowv1.Resources{Cores: -1})
	_, labelErr := rpc.FromLabels(map[string]string{"": "x"})
	_, countsErr := rpc.FromCounts(&fallowv1.Counts{Failed: -1})
	for name, err := range map[string]error{
		"unknown kind":     outcome(func(o *fallowv1.Outcome) { o.Kind = "eaten" }),
		"no kind":          outcome(func(o *fallowv1.Outcome) { o.Kind = "" }),
		"long tail":        outcome(func(o *fallowv1.Outcome) { o.Tail = make([]byte, fallow.MaxLogTail+1) }),
		"long reason":      outcome(func(o *fallowv1.Outcome) { o.Reason = strings.Repeat("x", int(rpc.MaxReason)+1) }),
		"negative wall":    outcome(func(o *fallowv1.Outcome) { o.Wall = -1 }),
		"negative usage":   outcome(func(o *fallowv1.Outcome) { o.Usage = &fallowv1.Usage{Memory: -1} }),
		"bad result":       outcome(func(o *fallowv1.Outcome) { o.Results = []*fallowv1.FileRef{{Path: "../x", Digest: digest}} }),
		"absolute path":    file("/etc/passwd", 1, digest),
		"path upwards":     file("a/../../b", 1, digest),
		"the folder":       file(".", 1, digest),
		"short digest":     file("a", 1, digest[1:]),
		"negative size":    file("a", -1, digest),
		"enormous size":    file("a", int64(fallow.MaxFile)+1, digest),
		"negative memory":  inventory(&fallowv1.Inventory{Memory: -1}),
		"too many cores":   inventory(&fallowv1.Inventory{Cores: 1 << 30}),
		"long name":        inventory(&fallowv1.Inventory{Os: strings.Repeat("x", 300)}),
		"many features":    inventory(&fallowv1.Inventory{Features: make([]string, 300)}),
		"lines in a CPU":   inventory(&fallowv1.Inventory{CpuModel: "Zen\nnode b  active"}),
		"escapes in an OS": inventory(&fallowv1.Inventory{Os: "\x1b[2Jlinux"}),
		"NUL in a feature": inventory(&fallowv1.Inventory{Features: []string{"avx2", "a\x00b"}}),
		"a broken system":  inventory(&fallowv1.Inventory{Systems: []string{"/usr\r"}}),
		"negative index":   subjobErr,
		"attempt zero":     attemptErr,
		"no attempt":       missingErr,
		"job zero":         jobErr,
		"same name twice":  twiceErr,
		"negative cores":   resourcesErr,
		"nameless label":   labelErr,
		"negative failure": countsErr,
	} {
		if fallow.CodeOf(err) != fallow.CodeInvalid || err == nil {
			t.Errorf("%s: got %v, want an error of code invalid", name, err)
		}
	}
}

func TestLongWordsAreCut(t *testing.T) {
	out := rpc.ToOutcome(fallow.Outcome{
		Kind: fallow.Failed, Reason: strings.Repeat("\xffä", 16<<10), Tail: strings.Repeat("x", int(fallow.MaxLogTail)) + "end",
	})
	if !utf8.ValidString(out.GetReason()) || !strings.HasSuffix(string(out.GetTail()), "end") {
		t.Errorf("reason or tail not as it should be")
	}
	if _, err := rpc.FromOutcome(sendOver(t, out)); err != nil {
		t.Error(err)
	}
}

func TestUnknownFieldOfSpecIsRefused(t *testing.T) {
	raw, err := rpc.ToSpec(fallow.JobSpec{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rpc.FromSpec(raw); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{`{"nmae": "a"}`, `{"name": "a"} {}`, `[]`, ``} {
		if _, err := rpc.FromSpec([]byte(bad)); fallow.CodeOf(err) != fallow.CodeInvalid {
			t.Errorf("%s: got %v", bad, err)
		}
	}
}

// sendOver writes a message and reads it again.
func sendOver[M proto.Message](t interface{ Fatal(...any) }, m M) M {
	raw, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	out := m.ProtoReflect().New().Interface()
	if err := proto.Unmarshal(raw, out); err != nil {
		t.Fatal(err)
	}
	return out.(M)
}
