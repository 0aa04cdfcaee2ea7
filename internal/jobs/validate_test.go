package jobs

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"fallow"
)

// seeds is a job as it should be.
func seeds() fallow.JobSpec {
	return fallow.JobSpec{
		Name:    "pi",
		Command: []string{"pi", "--seed", "{seed}", "--samples={in}/n.txt", "{out}/pi.txt"},
		Env:     []string{"THREADS=1", "SEED={seed}"},
		Inputs:  []fallow.InputFile{{Name: "n.txt", FileRef: fallow.FileRef{Digest: fallow.DigestOf([]byte("5")), Size: 1}}},
		Split:   fallow.Split{Range: &fallow.RangeSplit{Name: "seed", From: 1, To: 1000, Step: 1}},
		Collect: fallow.Collect{Stats: &fallow.CollectStats{File: "pi.txt", Into: "pi.tsv", Column: 1, Separator: "space"}},
		Needs:   fallow.Needs{Memory: fallow.GiB, Cores: 1, MaxTime: time.Hour, Node: `os.arch == "amd64"`, Sandbox: fallow.ProfileJIT},
		Retries: 3,
	}
}

func TestValidate(t *testing.T) {
	if err := Validate(seeds()); err != nil {
		t.Fatal(err)
	}
	input := func(name string) fallow.InputFile {
		return fallow.InputFile{Name: name, FileRef: fallow.FileRef{Digest: fallow.DigestOf(nil)}}
	}
	tests := map[string]func(*fallow.JobSpec){
		"no name":         func(s *fallow.JobSpec) { s.Name = "" },
		"one line":        func(s *fallow.JobSpec) { s.Name = "a\nb" },
		"MaxName":         func(s *fallow.JobSpec) { s.Name = strings.Repeat("a", MaxName+1) },
		"no command":      func(s *fallow.JobSpec) { s.Command = nil },
		"MaxCommandWords": func(s *fallow.JobSpec) { s.Command = append(s.Command, make([]string, fallow.MaxCommandWords)...) },
		"MaxCommandSize": func(s *fallow.JobSpec) {
			s.Command = append(s.Command, strings.Repeat("x", int(fallow.MaxCommandSize)))
		},
		"is not text":                           func(s *fallow.JobSpec) { s.Command = append(s.Command, "a\x00b") },
		"placeholder {sed}":                     func(s *fallow.JobSpec) { s.Command = append(s.Command, "{sed}") },
		"placeholder {slice}":                   func(s *fallow.JobSpec) { s.Env = append(s.Env, "X={slice}") },
		"single brace":                          func(s *fallow.JobSpec) { s.Command = append(s.Command, "{") },
		"not an environment":                    func(s *fallow.JobSpec) { s.Env = append(s.Env, "1X=2") },
		`"THREADS" is set twice`:                func(s *fallow.JobSpec) { s.Env = append(s.Env, "THREADS=2") },
		`"A" has control characters: "x\ny"`:    func(s *fallow.JobSpec) { s.Env = append(s.Env, "A=x\ny") },
		`"B" has control characters: "x\x00y"`:  func(s *fallow.JobSpec) { s.Env = append(s.Env, "B=x\x00y") },
		`"C" has control characters: "\x1b[2J"`: func(s *fallow.JobSpec) { s.Env = append(s.Env, "C=\x1b[2J") },
		`"a\nb" is not a name`:                  func(s *fallow.JobSpec) { s.Inputs[0].Name = "a\nb" },
		`"a\x00b" is not a name`:                func(s *fallow.JobSpec) { s.Inputs[0].Name = "a\x00b" },
		`"pi\x1b[2J.tsv" has control`:           func(s *fallow.JobSpec) { s.Collect.Stats.Into = "pi\x1b[2J.tsv" },
		`"pi\n.txt" has control`:                func(s *fallow.JobSpec) { s.Collect.Stats.File = "pi\n.txt" },
		`"*\u0085" has control`: func(s *fallow.JobSpec) {
			s.Collect = fallow.Collect{Files: &fallow.CollectFiles{Match: []string{"*\u0085"}}}
		},
		`"B\n12" has control`:           func(s *fallow.JobSpec) { s.Needs.Labels = map[string]string{"room": "B\n12"} },
		"MaxEnv":                        func(s *fallow.JobSpec) { s.Env = make([]string, MaxEnv+1) },
		`"../x" is not a name`:          func(s *fallow.JobSpec) { s.Inputs[0].Name = "../x" },
		`"/x" is not a name`:            func(s *fallow.JobSpec) { s.Inputs[0].Name = "/x" },
		"would lie where slices do":     func(s *fallow.JobSpec) { s.Inputs[0].Name = "slice2/x" },
		"MaxInputName":                  func(s *fallow.JobSpec) { s.Inputs[0].Name = strings.Repeat("x", MaxInputName+1) },
		`two inputs are called "a"`:     func(s *fallow.JobSpec) { s.Inputs = []fallow.InputFile{input("a"), input("a")} },
		"a folder of \"a/b/c\"":         func(s *fallow.JobSpec) { s.Inputs = []fallow.InputFile{input("a"), input("a/b/c")} },
		"no digest":                     func(s *fallow.JobSpec) { s.Inputs[0].Digest = fallow.Digest{} },
		"MaxJobInputs":                  func(s *fallow.JobSpec) { s.Inputs = make([]fallow.InputFile, fallow.MaxJobInputs+1) },
		"MaxSubjobs":                    func(s *fallow.JobSpec) { s.Split.Range.To = math.MaxInt64 },
		"not the name of a result file": func(s *fallow.JobSpec) { s.Collect.Stats.Into = "/etc/passwd" },
		"memory":                        func(s *fallow.JobSpec) { s.Needs.Memory = -1 },
		"output":                        func(s *fallow.JobSpec) { s.Needs.Output = fallow.MaxOutput + 1 },
		"MaxCores":                      func(s *fallow.JobSpec) { s.Needs.Cores = MaxCores + 1 },
		"MaxProcs":                      func(s *fallow.JobSpec) { s.Needs.Procs = -1 },
		"speed":                         func(s *fallow.JobSpec) { s.Needs.Speed = math.NaN() },
		"MaxRunTime":                    func(s *fallow.JobSpec) { s.Needs.MaxTime = MaxRunTime + 1 },
		"not below the longest":         func(s *fallow.JobSpec) { s.Needs.MinTime = 2 * time.Hour },
		"(MaxLabel)":                    func(s *fallow.JobSpec) { s.Needs.Labels = map[string]string{"": "x"} },
		"MaxLabels":                     func(s *fallow.JobSpec) { s.Needs.Labels = manyLabels() },
		"the expression":                func(s *fallow.JobSpec) { s.Needs.Node = "1 +" },
		"not a sandbox":                 func(s *fallow.JobSpec) { s.Needs.Sandbox = "none" },
		"MaxPriority":                   func(s *fallow.JobSpec) { s.Priority = MaxPriority + 1 },
		"MaxRetries":                    func(s *fallow.JobSpec) { s.Retries = -1 },
	}
	for want, spoil := range tests {
		s := seeds()
		spoil(&s)
		if err := Validate(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		} else if code := fallow.CodeOf(err); code != fallow.CodeInvalid && code != fallow.CodeLimit {
			t.Errorf("%s: code %s", want, code)
		}
	}
}

func manyLabels() map[string]string {
	labels := map[string]string{}
	for i := range MaxLabels + 1 {
		labels[fmt.Sprint(i)] = "x"
	}
	return labels
}
