package requirement

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"fallow"
)

var desktop = fallow.Inventory{OS: "linux", Arch: "amd64", CPUModel: "Example CPU", Cores: 8, CPUSpeed: 1.5,
	Memory: 16 * fallow.GiB, Disk: 100 * fallow.GiB, Version: "0.1.0", Features: []string{"avx2", "cgroup2"}}

func TestMatch(t *testing.T) {
	labels := map[string]string{"room": "B12"}
	tests := map[string]bool{
		`os.arch == "amd64"`:                       true,
		`os.arch == "arm64"`:                       false,
		`os.name == "linux" and cpu.cores >= 8`:    true,
		`cpu.speed > 2`:                            false,
		`memory >= size("8GiB")`:                   true,
		`disk / 2 > size("60 GiB")`:                false,
		`"avx2" in features`:                       true,
		`not ("avx512f" in features)`:              true,
		`labels.room startsWith "B"`:               true,
		`labels["room"] matches "^[AB][0-9]+$"`:    true,
		`labels.floor == ""`:                       true,
		`lower(cpu.model) contains "example"`:      true,
		`len(features) == 2 && min(cpu.cores,4)>3`: true,
		`version == "0.2.0" ? true : false`:        false,
		`os.arch in ["amd64", "arm64"]`:            true,
		`cpu.cores + 2 + len(features) > 12`:       false,
		`memory + size("1GiB") > disk - 5 + 2.5`:   false,
		`(1 > 2 ? 1 : 2) + -cpu.speed < 1`:         true,
		`"room" in labels and "x" not in features`: true,
		`features[0] == "avx2"`:                    true,
	}
	for text, want := range tests {
		p, err := Compile(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, err := p.Match(desktop, labels); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	tests := map[string]string{
		`os.arch = "amd64"`:       "not understood",
		`os.arhc == "amd64"`:      "arhc",
		`memroy > 5`:              "memroy",
		`memory`:                  "bool",
		`memory > "5GiB"`:         "mismatched types",
		`all(features, # != "x")`: "a loop over a list",
		`any(1..1000000, any(1..1000000, # > 5))`:     "uses",
		`5 in 1..10000000`:                            "a range of numbers",
		`now().Year() > 2020`:                         "now",
		`repeat("x", 100000000) == ""`:                "repeat",
		strings.Repeat("memory>1 and ", 400) + "true": "MaxLength",
		strings.Repeat("1<2&&", 300) + "true":         "not understood",
		``:                                            "not understood",

		// What would make text or lists longer than any in the expression.
		doublings(30):                             "a variable of its own (let)",
		`"a" + "b" == version`:                    "+ with something that is no number",
		`cpu.model + version == ""`:               "+ with",
		`1 > 2 or (1 + version) == ""`:            "+ with",
		`(true ? 1 : "a") + (true ? 1 : "a") > 1`: "+ with",
		`labels.a + labels.b == ""`:               "+ with",
		`cpu["model"] + cpu["model"] == ""`:       "+ with",
		`lower(version) + upper(version) == ""`:   "+ with",
		`disk + "GiB" == ""`:                      "+ with",
		`os.arch == "amd64"; true`:                "more than one expression (;)",
		`{"a": 1}.a == 1`:                         "a map",
		`[features, features] == []`:              "a list of other things",
		`version[1:] == "x"`:                      "a slice",
		`labels?.room == "x"`:                     "?.",
		`join(features) == "x"`:                   "join",
		`version | split(".") == []`:              "split",
		`$env.version == "x"`:                     "$env",
		`cpu.speed ** 2 > 4`:                      "the operator **",
		`(version ?? "x") == "x"`:                 "the operator ??",
		`nil == version`:                          "do not have",

		// What would make an evaluation long by a pattern.
		`cpu.model matches version`:                              "other than a quoted pattern",
		`cpu.model matches "` + strings.Repeat("a", 300) + `"`:   "MaxPattern)",
		`cpu.model matches "(a?){300}"`:                          "MaxPatternSteps",
		`cpu.model matches "x{150}" or version matches "y{150}"`: "MaxPatternSteps",
		`cpu.model matches "("`:                                  "a pattern that is not understood",
		strings.Repeat("(", 1000) + strings.Repeat(")", 1000):    "not understood",
	}
	for text, want := range tests {
		_, err := Compile(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v, want %q", text, err, want)
		}
	}
}

// doublings holds a variable of 16 bytes twice, and that twice, and so on.
func doublings(n int) string {
	var text strings.Builder
	text.WriteString(`let a0 = cpu.model + "0123456789abcdef"; `)
	for i := range n {
		fmt.Fprintf(&text, "let a%d = a%d + a%d; ", i+1, i, i)
	}
	fmt.Fprintf(&text, `a%d != "x"`, n)
	return text.String()
}

func TestCompileNamesThePlace(t *testing.T) {
	for text, offset := range map[string]int{
		`cpu.cores > 2 and memroy > 5`:            18,
		`cpu.cores > 2 and (version + "") == "x"`: 27,
	} {
		_, err := Compile(text)
		place, ok := errors.AsType[*SyntaxError](err)
		if !ok || place.Offset != offset {
			t.Errorf("%v: %+v, want offset %d", err, place, offset)
		}
	}
}

func TestMatchReportsFailure(t *testing.T) {
	p, err := Compile(`cpu.cores % (cpu.cores - 8) == 0`)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := p.Match(desktop, nil); err == nil {
		t.Error("a division by zero gave", ok)
	}
	if p, err = Compile(`size(version) > 3`); err != nil {
		t.Fatal(err)
	}
	if ok, err := p.Match(fallow.Inventory{Version: "x"}, nil); err == nil {
		t.Error("a size that is none gave", ok)
	}
}

// maxEvaluation bounds what one evaluation may take, in bytes: the library's stack
// and a few copies of the longest text.
const maxEvaluation = 1 << 20

// allocated tells how many bytes a function takes.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// FuzzCompile: what compiles is evaluated without a panic, soon and in little
// memory.
func FuzzCompile(f *testing.F) {
	f.Add(`os.arch == "amd64" && memory >= size("8GiB")`)
	f.Add(`"avx2" in features or labels.room matches "B.*"`)
	f.Add(`let x = cpu.cores; x > 2 ? true : false`)
	f.Add(doublings(3))
	f.Add(doublings(30))
	f.Add(`lower(upper(lower(cpu.model))) contains "a" + "b"`)
	f.Add(`cpu.model matches "(a?){40}(a){40}"`)
	f.Add(`version | replace("a", "aaaaaaaa") | repeat(1000000) == ""`)
	f.Add(`toJSON({"a": [labels, features]}) + string(1..100000) != ""`)
	f.Add(`reduce(1..1000, #acc + "x") == ""`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Compile(text)
		if err != nil {
			return
		}
		if taken := allocated(func() { _, _ = p.Match(desktop, nil) }); taken > maxEvaluation {
			t.Errorf("%s: evaluated in %d bytes, more than %d", text, taken, maxEvaluation)
		}
	})
}
