package split

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fallow"
)

// files are index files in memory.
type files map[fallow.Digest][]byte

func (f files) Open(d fallow.Digest) (io.ReaderAt, int64, error) {
	content, ok := f[d]
	if !ok {
		return nil, 0, fallow.Errorf(fallow.CodeNotFound, "no file %s", d)
	}
	return bytes.NewReader(content), int64(len(content)), nil
}

// drawParams draws parameters called prefix0, prefix1 and so on; n > 0 fixes the
// number of their values.
func drawParams(t *rapid.T, prefix string, n int) []fallow.Parameter {
	params := make([]fallow.Parameter, rapid.IntRange(1, 3).Draw(t, "parameters"))
	for i := range params {
		params[i].Name = prefix + strconv.Itoa(i)
		count := n
		if count == 0 {
			count = rapid.IntRange(1, 4).Draw(t, "values")
		}
		if rapid.Bool().Draw(t, "counted") {
			step := rapid.SampledFrom([]int64{-3, -1, 1, 2, 7}).Draw(t, "step")
			from := rapid.Int64Range(-50, 50).Draw(t, "from")
			params[i].Range = &fallow.RangeSplit{From: from, To: from + step*int64(count-1), Step: step}
			continue
		}
		for v := range count {
			params[i].Values = append(params[i].Values, fmt.Sprintf("v%d", v))
		}
	}
	return params
}

func drawSplit(t *rapid.T, prefix string, depth int) fallow.Split {
	forms := 4
	if depth > 1 {
		forms = 3
	}
	switch rapid.IntRange(0, forms-1).Draw(t, "form") {
	case 0:
		return fallow.Split{Range: &fallow.RangeSplit{Name: prefix, From: 1, To: rapid.Int64Range(1, 5).Draw(t, "to"), Step: 1}}
	case 1:
		return fallow.Split{Sweep: drawParams(t, prefix, 0)}
	case 2:
		return fallow.Split{Zip: drawParams(t, prefix, rapid.IntRange(1, 4).Draw(t, "length"))}
	}
	parts := make([]fallow.Split, rapid.IntRange(1, 3).Draw(t, "parts"))
	for i := range parts {
		parts[i] = drawSplit(t, prefix+string(rune('a'+i)), depth+1)
	}
	return fallow.Split{Product: parts}
}

// enumerate gives all points of a split by loops within loops, the last the
// innermost: what At must agree with.
func enumerate(s fallow.Split) []map[string]string {
	points := []map[string]string{{}}
	switch {
	case s.Range != nil:
		return enumerate(fallow.Split{Sweep: []fallow.Parameter{{Name: s.Range.Name, Range: s.Range}}})
	case s.Zip != nil:
		points = nil
		for i := range valuesOf(s.Zip[0]) {
			point := map[string]string{}
			for _, p := range s.Zip {
				point[p.Name] = valuesOf(p)[i]
			}
			points = append(points, point)
		}
	case s.Sweep != nil:
		for _, p := range s.Sweep {
			var single []map[string]string
			for _, v := range valuesOf(p) {
				single = append(single, map[string]string{p.Name: v})
			}
			points = cross(points, single)
		}
	default:
		for _, part := range s.Product {
			points = cross(points, enumerate(part))
		}
	}
	return points
}

func cross(a, b []map[string]string) (out []map[string]string) {
	for _, x := range a {
		for _, y := range b {
			point := map[string]string{}
			for _, m := range []map[string]string{x, y} {
				for k, v := range m {
					point[k] = v
				}
			}
			out = append(out, point)
		}
	}
	return out
}

func valuesOf(p fallow.Parameter) []string {
	if p.Range == nil {
		return p.Values
	}
	var values []string
	for v := p.Range.From; (p.Range.Step > 0) == (v <= p.Range.To) || v == p.Range.To; v += p.Range.Step {
		values = append(values, strconv.FormatInt(v, 10))
		if v == p.Range.To {
			break
		}
	}
	return values
}

func TestAtAgreesWithLoops(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSplit(t, "p", 0)
		if err := Validate(s); err != nil {
			t.Fatal(err)
		}
		want := enumerate(s)
		n, err := Count(s)
		if err != nil || n != int64(len(want)) {
			t.Fatalf("count %d, %v, want %d", n, err, len(want))
		}
		seen := map[string]bool{}
		for i := range want {
			p, err := At(s, int64(i), nil)
			if err != nil {
				t.Fatal(err)
			}
			again, _ := At(s, int64(i), nil)
			if !reflect.DeepEqual(p, again) {
				t.Fatalf("subjob %d is %v, and then %v", i, p, again)
			}
			if diff := cmp.Diff(want[i], p.Params); diff != "" {
				t.Fatalf("subjob %d: %s", i, diff)
			}
			seen[fmt.Sprint(p.Params)] = true
		}
		if len(seen) != len(want) {
			t.Fatalf("%d subjobs, %d different", len(want), len(seen))
		}
	})
}

func TestTenMillionSubjobsCostNothing(t *testing.T) {
	s := fallow.Split{Sweep: []fallow.Parameter{
		{Name: "a", Range: &fallow.RangeSplit{From: 1, To: 1000, Step: 1}},
		{Name: "b", Range: &fallow.RangeSplit{From: 1, To: 10_000, Step: 1}},
	}}
	allocations := testing.AllocsPerRun(10, func() {
		if n, err := Count(s); n != 10_000_000 || err != nil {
			t.Fatal(n, err)
		}
		if p, err := At(s, 9_999_999, nil); err != nil || p.Params["a"] != "1000" || p.Params["b"] != "10000" {
			t.Fatal(p, err)
		}
	})
	if allocations > 20 {
		t.Errorf("%v allocations", allocations)
	}
}

func TestCountRefuses(t *testing.T) {
	count := func(from, to, step int64) *fallow.RangeSplit {
		return &fallow.RangeSplit{Name: "x", From: from, To: to, Step: step}
	}
	const least, most = -1 << 63, 1<<63 - 1
	tests := []struct {
		split fallow.Split
		code  fallow.Code
	}{
		{fallow.Split{Range: count(1, 10_000_001, 1)}, fallow.CodeLimit},
		{fallow.Split{Range: count(least, most, 1)}, fallow.CodeLimit},
		{fallow.Split{Range: count(most, least, -1)}, fallow.CodeLimit},
		{fallow.Split{Range: count(1, 0, 1)}, fallow.CodeInvalid},
		{fallow.Split{Range: count(0, 1, -1)}, fallow.CodeInvalid},
		{fallow.Split{Range: count(0, 1, 0)}, fallow.CodeInvalid},
		{fallow.Split{Product: []fallow.Split{{Range: count(1, 5000, 1)}, {Range: count(1, 5000, 1)}}}, fallow.CodeLimit},
		{fallow.Split{Slices: &fallow.SliceSplit{Kind: KindLines}}, fallow.CodeInvalid},
		{fallow.Split{Slices: &fallow.SliceSplit{Kind: KindLines, Count: most}}, fallow.CodeLimit},
	}
	for _, test := range tests {
		if n, err := Count(test.split); fallow.CodeOf(err) != test.code || err == nil {
			t.Errorf("%+v: %d, %v", test.split, n, err)
		}
	}
	for _, r := range []*fallow.RangeSplit{count(least, most, most), count(most, least, least), count(5, 5, -1)} {
		if _, err := Count(fallow.Split{Range: r}); err != nil {
			t.Errorf("%+v: %v", r, err)
		}
	}
}

func TestAtRefusesOtherIndexes(t *testing.T) {
	s := fallow.Split{Range: &fallow.RangeSplit{Name: "x", From: 1, To: 3, Step: 1}}
	for _, i := range []int64{-1, 3} {
		if _, err := At(s, i, nil); fallow.CodeOf(err) != fallow.CodeNotFound {
			t.Errorf("subjob %d: %v", i, err)
		}
	}
	if p, err := At(fallow.Split{}, 0, nil); err != nil || len(p.Params)+len(p.Slices) != 0 {
		t.Error(p, err)
	}
}

func TestValidateRefuses(t *testing.T) {
	one := &fallow.RangeSplit{Name: "x", From: 1, To: 1, Step: 1}
	deep := fallow.Split{Range: one}
	for range fallow.MaxSplitDepth + 1 {
		deep = fallow.Split{Product: []fallow.Split{deep}}
	}
	var many []fallow.Parameter
	for i := range fallow.MaxParameters + 1 {
		many = append(many, fallow.Parameter{Name: fmt.Sprintf("p%d", i), Values: []string{"1"}})
	}
	tests := map[string]fallow.Split{
		"2 forms":       {Range: one, Sweep: []fallow.Parameter{{Name: "y", Values: []string{"1"}}}},
		"0 forms":       {Product: []fallow.Split{{}}},
		"MaxSplitDepth": deep,
		"MaxParameters": {Sweep: many},
		"twice":         {Product: []fallow.Split{{Range: one}, {Range: one}}},
		"is taken":      {Range: &fallow.RangeSplit{Name: "slice3", From: 1, To: 1, Step: 1}},
		"no kind":       {Slices: &fallow.SliceSplit{Kind: "sdf", Count: 1}},
		"no index file": {Slices: &fallow.SliceSplit{Kind: KindFASTA, Count: 1}},
		"MaxValue":      {Sweep: []fallow.Parameter{{Name: "x", Values: []string{strings.Repeat("x", MaxValue+1)}}}},
		"not text":      {Sweep: []fallow.Parameter{{Name: "x", Values: []string{"a\x00b"}}}},
		"no values":     {Sweep: []fallow.Parameter{{Name: "x"}}},
		"both":          {Sweep: []fallow.Parameter{{Name: "x", Values: []string{"1"}, Range: one}}},
		"zip pairs":     {Zip: []fallow.Parameter{{Name: "x", Values: []string{"1"}}, {Name: "y", Values: []string{"1", "2"}}}},
	}
	for want, s := range tests {
		if err := Validate(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
