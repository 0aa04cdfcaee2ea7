package requirement

import (
	"errors"
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
		strings.Repeat("(", 1000) + strings.Repeat(")", 1000): "not understood",
	}
	for text, want := range tests {
		_, err := Compile(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v, want %q", text, err, want)
		}
	}
}

func TestCompileNamesThePlace(t *testing.T) {
	_, err := Compile(`cpu.cores > 2 and memroy > 5`)
	place, ok := errors.AsType[*SyntaxError](err)
	if !ok || place.Offset != 18 {
		t.Errorf("%v: %+v", err, place)
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

func FuzzCompile(f *testing.F) {
	f.Add(`os.arch == "amd64" && memory >= size("8GiB")`)
	f.Add(`"avx2" in features or labels.room matches "B.*"`)
	f.Add(`let x = cpu.cores; x > 2 ? true : false`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Compile(text)
		if err != nil {
			return
		}
		_, _ = p.Match(desktop, nil) // neither panics nor hangs
	})
}
