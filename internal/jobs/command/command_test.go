package command

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"fallow"
)

func TestSplit(t *testing.T) {
	tests := map[string][]string{
		"":                              nil,
		"  \n ":                         nil,
		"prog -x 1":                     {"prog", "-x", "1"},
		" prog\n  --a\t--b ":            {"prog", "--a", "--b"},
		`a 'b c' "d e"`:                 {"a", "b c", "d e"},
		`a'b 'c"d "e`:                   {"ab cd e"},
		`'' ""`:                         {"", ""},
		`a\ b \\ \' \é`:                 {"a b", `\`, "'", "é"},
		`"a\"b\\c\n\$HOME"`:             {`a"b\c\n$HOME`},
		`'a\b"c'`:                       {`a\b"c`},
		`--x={in}/a.txt '{{print $1}}'`: {"--x={in}/a.txt", "{{print $1}}"},
		`a#b # c`:                       {"a#b", "#", "c"},
	}
	for line, want := range tests {
		got, err := Split(line)
		if err != nil {
			t.Errorf("%q: %v", line, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", line, diff)
		}
	}
}

func TestSplitRefuses(t *testing.T) {
	tests := map[string]int{
		`a 'b`: 2, `a "b\"`: 2, `a \`: 2, "a | b": 2, "a >b": 2, "a;": 1, "a $HOME": 2, "a *.txt": 2, "a `b`": 2, "a & b": 2, "(a)": 0,
	}
	for line, offset := range tests {
		got, err := Split(line)
		syntax, ok := errors.AsType[*SyntaxError](err)
		if !ok || syntax.Offset != offset || syntax.Hint == "" || syntax.Message == "" {
			t.Errorf("%q: %q, %+v, want an error at %d", line, got, err, offset)
		}
	}
}

func TestExpand(t *testing.T) {
	p := fallow.Point{
		Params: map[string]string{"seed": "7", "who": "a b"},
		Slices: []fallow.Slice{
			{Files: []fallow.SliceFile{{Name: "slice.fasta"}}},
			{Files: []fallow.SliceFile{{Name: "lib/x.mol"}, {Name: "y.mol"}}},
		},
	}
	tests := map[string][]string{
		"{in}/a":         {"/in/a"},
		"{out}":          {"/out"},
		"{index}":        {"12"},
		"{seed}":         {"7"},
		"s{seed}-{who}!": {"s7-a b!"},
		"{slice}":        {"/in/slice/slice.fasta"},
		"-f{slice}":      {"-f/in/slice/slice.fasta"},
		"{slice2}":       {"/in/slice2/lib/x.mol", "/in/slice2/y.mol"},
		"{{print $1}}":   {"{print $1}"},
		"{{{seed}}}":     {"{7}"},
		"":               {""},
	}
	for word, want := range tests {
		got, err := Expand([]string{word}, p, 12)
		if err != nil {
			t.Errorf("%q: %v", word, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", word, diff)
		}
	}
	for _, word := range []string{"{sed}", "{slice3}", "-f{slice2}", "{", "}", "{a b}", "{}", "{{}", "{1}"} {
		if got, err := Expand([]string{word}, p, 12); fallow.CodeOf(err) != fallow.CodeInvalid || err == nil {
			t.Errorf("%q: %q, %v", word, got, err)
		}
	}
	env, err := ExpandEnv([]string{"OUT={out}", "X=", "Y=a={seed}"}, p, 12)
	if diff := cmp.Diff([]string{"OUT=/out", "X=", "Y=a=7"}, env); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if _, err := ExpandEnv([]string{"X={slice2}"}, p, 12); err == nil {
		t.Error("two files became one variable")
	}
}

func TestExpandLimits(t *testing.T) {
	p := fallow.Point{Params: map[string]string{"x": strings.Repeat("x", 4096)}}
	if _, err := Expand([]string{strings.Repeat("{x}", 40)}, p, 0); fallow.CodeOf(err) != fallow.CodeLimit {
		t.Error(err)
	}
	many := fallow.Point{Slices: []fallow.Slice{{Files: make([]fallow.SliceFile, fallow.MaxCommandWords)}}}
	if _, err := Expand([]string{"prog", "{slice}"}, many, 0); fallow.CodeOf(err) != fallow.CodeLimit {
		t.Error(err)
	}
}

func TestPlaceholders(t *testing.T) {
	got, err := Placeholders([]string{"{b}{a}", "{{x}}", "{b}"})
	if diff := cmp.Diff([]string{"b", "a"}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if !Embeds([]string{"x", "-f{a}"}, "a") || Embeds([]string{"{a}", "-f{b}"}, "a") {
		t.Error("Embeds looks at other words")
	}
}

func TestCheckName(t *testing.T) {
	for name, ok := range map[string]bool{
		"seed": true, "_x1": true, "Slice": true, "slices": true, "index2": true, "outer": true,
		"": false, "1x": false, "a-b": false, "in": false, "out": false, "index": false, "slice": false, "slice12": false,
		strings.Repeat("x", MaxName+1): false,
	} {
		if err := CheckName(name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// TestQuotedWordsComeBack: whatever stands in single quotes is one word.
func TestQuotedWordsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.StringMatching(`[^']*`)).Draw(t, "words")
		var line []string
		for _, w := range words {
			line = append(line, "'"+w+"'")
		}
		got, err := Split(strings.Join(line, " "))
		if err != nil || len(got) != len(words) {
			t.Fatalf("%q: %q, %v", words, got, err)
		}
		for i := range got {
			if got[i] != words[i] {
				t.Fatalf("%q: %q", words, got)
			}
		}
	})
}

// TestEscapedTextComesBack: any text with its braces doubled expands to itself.
func TestEscapedTextComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		word := strings.NewReplacer("{", "{{", "}", "}}").Replace(text)
		got, err := Expand([]string{word}, fallow.Point{}, 0)
		if err != nil || got[0] != text {
			t.Fatalf("%q: %q, %v", text, got, err)
		}
	})
}

func FuzzWords(f *testing.F) {
	for _, seed := range []string{`a 'b c' "d\"e" \f`, `hmmsearch --tblout {out}/x {in}/y {slice}`, `awk '{{print $1}}'`, `"`, `\`, "{a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words, err := Split(line)
		if err != nil {
			if syntax, ok := errors.AsType[*SyntaxError](err); !ok || syntax.Offset > len(line) {
				t.Fatalf("%q: %#v", line, err)
			}
			return
		}
		names, err := Placeholders(words)
		if err != nil {
			return
		}
		p := fallow.Point{Params: map[string]string{}}
		for _, name := range names {
			p.Params[name] = "{x}" // values are not templates
		}
		if got, err := Expand(words, p, 0); err != nil && fallow.CodeOf(err) != fallow.CodeLimit {
			t.Fatalf("%q: %q, %v", line, got, err)
		}
	})
}
