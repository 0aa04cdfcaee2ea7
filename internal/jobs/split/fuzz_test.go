package split

import (
	"encoding/json"
	"strings"
	"testing"
)

// fuzzKind checks that whatever is accepted falls into slices that make up the
// file, and that the size of the cutter's buffer makes no difference.
func fuzzKind(f *testing.F, kind string, seeds ...string) {
	for _, seed := range seeds {
		f.Add([]byte(seed), uint8(1), uint8(3))
	}
	f.Fuzz(func(t *testing.T, content []byte, per, chunk uint8) {
		o := Options{Name: "f", Kind: kind, Per: int64(per) + 1, Header: kind == KindCSV && per%2 == 0}
		slices, whole, err := cutAll(t, content, o, chunkSize)
		parts, piecewise, perr := cutAll(t, content, o, int(chunk)+2)
		if (err == nil) != (perr == nil) || (err != nil && err.Error() != perr.Error()) {
			t.Fatalf("in one go: %v; by %d bytes: %v", err, int(chunk)+2, perr)
		}
		if err == nil && (whole != piecewise || len(slices) != len(parts)) {
			t.Fatalf("in one go %+v, by %d bytes %+v", whole, int(chunk)+2, piecewise)
		}
	})
}

func FuzzLines(f *testing.F) { fuzzKind(f, KindLines, "a\nb\r\n\nc", "\n", "\r\r\n") }

func FuzzFASTA(f *testing.F) {
	fuzzKind(f, KindFASTA, ">a b\nACGT\n\n>c\nAC\nGT*\n", ">a\r\nAC\r\n", "\n>x\nA")
}

func FuzzFASTQ(f *testing.F) {
	fuzzKind(f, KindFASTQ, "@a\nAC\n+\nFF\n@b\nA\n+b\n@\n", "@a\r\nAC\r\n+\r\nFF\r\n\r\n", "@a\n\n+\n\n")
}

func FuzzCSV(f *testing.F) {
	fuzzKind(f, KindCSV, "a,b\n1,\"x\ny\"\"z\"\n\n2,3\r\n", "\"a\"\r\n\"b\"", "a\"b,c\n")
}

func FuzzJSONL(f *testing.F) {
	fuzzKind(f, KindJSONL, "{\"a\":[1,2.5e-3,null]}\n\n\"x\\u00e4\"\r\n", "[]\n{}", "-0\n1E5\ntrue\n")
}

// FuzzJSON compares the recogniser with encoding/json.
func FuzzJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,-2.5e+3,null],"b":{"c":"\u00e4\n"}}`, `01`, `[1,]`, `{"a"}`, `"\x"`, ` true `, `-`, `1.e5`, `{,}`, `[[[]]]`, `nul`, `"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "\n") {
			return
		}
		var m jsonMachine
		valid := true
		for i := 0; i < len(text) && valid; i++ {
			valid = m.step(text[i])
		}
		if valid = valid && m.complete(); valid != json.Valid([]byte(text)) {
			t.Fatalf("%q is valid JSON: we say %v", text, valid)
		}
	})
}
