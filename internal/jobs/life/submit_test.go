package life_test

import (
	"bytes"
	"strings"
	"testing"

	"fallow"
	"fallow/internal/jobs/split"
	"fallow/internal/store"
)

func TestSubmitWithTheSameKeyIsTheSameJob(t *testing.T) {
	g := newGrid(t)
	id, subjobs, err := g.submitter.Submit(t.Context(), "ada", "key", g.spec())
	if err != nil || subjobs != 3 {
		t.Fatalf("submit: %d subjobs, %v", subjobs, err)
	}
	again, subjobs, err := g.submitter.Submit(t.Context(), "ada", "key", g.spec())
	if err != nil || again != id || subjobs != 3 {
		t.Errorf("repeated: job %s of %d subjobs, %v, want job %s", again, subjobs, err, id)
	}
	for _, other := range []struct{ owner, key string }{{"bob", "key"}, {"ada", "other"}} {
		if got, _, err := g.submitter.Submit(t.Context(), other.owner, other.key, g.spec()); err != nil || got == id {
			t.Errorf("submit of %s under %q is job %s again, %v", other.owner, other.key, got, err)
		}
	}
	var log []store.AuditEntry
	must(t, g.store.View(t.Context(), func(r store.Reader) (err error) {
		log, err = r.AuditLog(10)
		return err
	}))
	if len(log) != 3 {
		t.Errorf("the audit log has %d submits, want 3", len(log))
	}
}

func TestBadSpecificationsAreRefused(t *testing.T) {
	g := newGrid(t)
	input := g.put("input\n")
	source := g.put("a\nb\nc\n")
	index := g.index(t, source, 2)
	lost := g.index(t, fallow.FileRef{Digest: fallow.DigestOf([]byte("x\ny\n")), Size: 4}, 1)
	slices := func(index fallow.FileRef, count int64) func(*fallow.JobSpec) {
		return func(s *fallow.JobSpec) {
			s.Command = []string{"test", "{slice}"}
			s.Split = fallow.Split{Slices: &fallow.SliceSplit{Kind: split.KindLines, Index: index, Count: count}}
		}
	}
	in := func(name string, ref fallow.FileRef) func(*fallow.JobSpec) {
		return func(s *fallow.JobSpec) { s.Inputs = []fallow.InputFile{{Name: name, FileRef: ref}} }
	}
	for name, test := range map[string]struct {
		change func(*fallow.JobSpec)
		code   fallow.Code
		words  string
	}{
		"good":          {func(*fallow.JobSpec) {}, "", ""},
		"good input":    {in("a.txt", input), "", ""},
		"good slices":   {slices(index, 2), "", ""},
		"no name":       {func(s *fallow.JobSpec) { s.Name = "" }, fallow.CodeInvalid, "name"},
		"no command":    {func(s *fallow.JobSpec) { s.Command = nil }, fallow.CodeInvalid, "command"},
		"placeholder":   {func(s *fallow.JobSpec) { s.Command = []string{"test", "{m}"} }, fallow.CodeInvalid, "{m}"},
		"bundle":        {func(s *fallow.JobSpec) { s.Bundle = fallow.Digest{1} }, fallow.CodeNotFound, "bundle"},
		"priority":      {func(s *fallow.JobSpec) { s.Priority = 101 }, fallow.CodeLimit, "priority"},
		"retries":       {func(s *fallow.JobSpec) { s.Retries = -1 }, fallow.CodeLimit, "retries"},
		"too many":      {func(s *fallow.JobSpec) { s.Split.Range.To = fallow.MaxSubjobs + 1 }, fallow.CodeLimit, "subjobs"},
		"none":          {func(s *fallow.JobSpec) { s.Split.Range.To = 0 }, fallow.CodeInvalid, "empty"},
		"requirement":   {func(s *fallow.JobSpec) { s.Needs.Node = "1 +" }, fallow.CodeInvalid, ""},
		"collector":     {func(s *fallow.JobSpec) { s.Collect.Concat = &fallow.CollectConcat{File: "../x", Into: "y"} }, fallow.CodeInvalid, ""},
		"input outside": {in("../a.txt", input), fallow.CodeInvalid, "../a.txt"},
		"input missing": {in("a.txt", fallow.FileRef{Digest: fallow.Digest{1}, Size: 1}), fallow.CodeNotFound, "a.txt"},
		"input size":    {in("a.txt", fallow.FileRef{Digest: input.Digest, Size: 99}), fallow.CodeInvalid, "a.txt has 6 bytes"},
		"index missing": {slices(fallow.FileRef{Digest: fallow.Digest{1}, Size: 1000}, 2), fallow.CodeNotFound, "index"},
		"index count":   {slices(index, 3), fallow.CodeInvalid, "has 2 slices, the job says 3"},
		"index is none": {slices(input, 2), fallow.CodeInvalid, "index"},
		"index's file":  {slices(lost, 2), fallow.CodeNotFound, "file of the lines split"},
		"index in product": {func(s *fallow.JobSpec) {
			slices(index, 3)(s)
			s.Split = fallow.Split{Product: []fallow.Split{s.Split, g.spec().Split}}
		}, fallow.CodeInvalid, "has 2 slices"},
	} {
		t.Run(name, func(t *testing.T) {
			spec := g.spec()
			test.change(&spec)
			_, _, err := g.submitter.Submit(t.Context(), "ada", name, spec)
			if test.code == "" {
				must(t, err)
				return
			}
			if err == nil || fallow.CodeOf(err) != test.code || !strings.Contains(err.Error(), test.words) {
				t.Errorf("submit: %v (%s), want an error of code %s about %q", err, fallow.CodeOf(err), test.code, test.words)
			}
		})
	}
}

// index stores an index of a file of lines, cut into slices of some.
func (g *grid) index(t *testing.T, source fallow.FileRef, per int64) fallow.FileRef {
	t.Helper()
	var file bytes.Buffer
	x, err := split.NewIndexWriter(&file, t.TempDir())
	must(t, err)
	text := "x\ny\n"
	if _, err := g.files.Stat(t.Context(), source.Digest); err == nil {
		text = content(t, g.files, source.Digest)
	}
	_, err = split.CutInto(x, strings.NewReader(text), split.Options{Name: "in.txt", Kind: split.KindLines, Per: per}, "slice.txt")
	must(t, err)
	must(t, x.Close())
	return g.put(file.String())
}
