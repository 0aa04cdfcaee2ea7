package split

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"fallow"
)

// cutAll cuts content and returns the slices' bytes, each checked against its
// digest, after checking that they make up the file. Chunk is the size of the
// cutter's buffer.
func cutAll(t testing.TB, content []byte, o Options, chunk int) ([]Slice, File, error) {
	t.Helper()
	var slices []Slice
	file, err := cutBy(make([]byte, chunk), bytes.NewReader(content), o, func(s Slice) error {
		slices = append(slices, s)
		return nil
	})
	if err != nil {
		return nil, file, err
	}
	joined := bytes.Clone(content[:file.Header])
	records := int64(0)
	for i, s := range slices {
		part := content[s.Offset : s.Offset+s.Length]
		if got := fallow.DigestOf(append(bytes.Clone(content[:file.Header]), part...)); got != s.Digest {
			t.Fatalf("slice %d: digest %s, its bytes have %s", i, s.Digest, got)
		}
		if s.First != records || s.Records < 1 || s.Records > o.Per || (i < len(slices)-1 && s.Records != o.Per) {
			t.Fatalf("slice %d of %d: %d records from %d, after %d, per %d", i, len(slices), s.Records, s.First, records, o.Per)
		}
		records += s.Records
		joined = append(joined, part...)
	}
	if !bytes.Equal(joined, content) {
		t.Fatalf("slices together differ from the file:\n%q\n%q", joined, content)
	}
	if file.Digest != fallow.DigestOf(content) || file.Size != int64(len(content)) || file.Records != records || file.Slices != int64(len(slices)) {
		t.Fatalf("file %+v does not fit its %d bytes, %d records, %d slices", file, len(content), records, len(slices))
	}
	return slices, file, nil
}

// generators make well-formed content of each kind with a known number of records.
var generators = map[string]func(t *rapid.T) (content string, records int){
	KindLines: func(t *rapid.T) (string, int) {
		ls := rapid.SliceOfN(rapid.StringMatching(`[ -~]{0,20}`), 1, 30).Draw(t, "lines")
		return strings.Join(ls, "\n") + "\n", len(ls)
	},
	KindFASTA: func(t *rapid.T) (string, int) {
		rs := rapid.SliceOfN(rapid.StringMatching(`>[a-z0-9]{1,8}( [ -~]{0,9})?\n([A-Z*-]{1,9}\n){1,4}\n?`), 1, 30).Draw(t, "records")
		return strings.Join(rs, ""), len(rs)
	},
	KindFASTQ: func(t *rapid.T) (string, int) {
		n := rapid.IntRange(1, 20).Draw(t, "n")
		var b strings.Builder
		for range n {
			seq := rapid.StringMatching(`[ACGTN]{0,30}`).Draw(t, "sequence")
			b.WriteString("@" + rapid.StringMatching(`[a-z]{1,5}`).Draw(t, "name") + "\n" + seq + "\n+\n" + strings.Repeat("@", len(seq)) + "\n")
		}
		return b.String(), n
	},
	KindCSV: func(t *rapid.T) (string, int) {
		rs := rapid.SliceOfN(rapid.StringMatching(`([a-z]{1,3}|"([a-z,\n]|""){0,6}")(,([a-z]{0,3}|"([a-z,\n]|""){0,6}")){0,3}\r?\n`), 1, 30).Draw(t, "rows")
		return strings.Join(rs, ""), len(rs)
	},
	KindJSONL: func(t *rapid.T) (string, int) {
		rs := rapid.SliceOfN(rapid.StringMatching(`\{"[a-z]{0,4}": ?(-?[1-9][0-9]{0,3}(\.5)?(e-?9)?|"\\u00e4\\n[a-z]{0,3}"|\[\]|\[true, ?null\])\}\r?\n`), 1, 30).Draw(t, "lines")
		return strings.Join(rs, ""), len(rs)
	},
}

func TestSlicesTogetherAreTheFile(t *testing.T) {
	for kind, generate := range generators {
		t.Run(kind, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				content, records := generate(rt)
				o := Options{Name: "f", Kind: kind, Per: rapid.Int64Range(1, 7).Draw(rt, "per")}
				if kind == KindCSV && records > 1 {
					o.Header = rapid.Bool().Draw(rt, "header")
				}
				if o.Header {
					records--
				}
				_, file, err := cutAll(t, []byte(content), o, rapid.IntRange(2, 40).Draw(rt, "chunk"))
				if err != nil {
					rt.Fatalf("%q: %v", content, err)
				}
				if file.Records != int64(records) {
					rt.Fatalf("%q: %d records, want %d", content, file.Records, records)
				}
			})
		})
	}
}

func TestCutRefuses(t *testing.T) {
	tests := []struct{ kind, content, want string }{
		{KindFASTA, "ACGT\n", `f:1: a FASTA file begins with ">"`},
		{KindFASTA, ">a\nAC\n>\nGT\n", `f:3: a FASTA title has no name after the ">"`},
		{KindFASTA, ">a\nAC\n>b\n>c\nGT\n", `f:4: the FASTA record before this line has no sequence`},
		{KindFASTA, ">a\nAC\n>b\n", `f:3: the last FASTA record has no sequence: the file seems to be cut off`},
		{KindFASTA, ">a\nA\x01C\n", `f:2: a FASTA sequence has the byte 0x01`},
		{KindFASTA, "", `f holds no records to split`},
		{KindFASTQ, "@a\nAC\n+\nF\n", `f:4: a FASTQ record has 2 letters but 1 quality values`},
		{KindFASTQ, "@a\nAC\nGT\n+\nFFFF\n", `f:3: the third line of a FASTQ record begins with "+"; sequences over several lines are not understood`},
		{KindFASTQ, "@a\nAC\n+\n", `f:3: the last FASTQ record has fewer than four lines: the file seems to be cut off`},
		{KindFASTQ, ">a\nAC\n", `f:1: a FASTQ record begins with "@", not '>'`},
		{KindFASTQ, "@a\nA\n+\nF\n\n@b\nA\n+\nF\n", `f:6: a FASTQ file has an empty line between records`},
		{KindCSV, "a,b\n\"x\"y,2\n", `f:2: a CSV field goes on with 'y' after its closing quote`},
		{KindCSV, "a,b\n\"x,2\n", `f:2: a CSV field has a quote that is never closed`},
		{KindJSONL, "{}\n{\"a\":}\n", `f:2: the line is not one valid JSON value`},
		{KindJSONL, "{}\n[1\n", `f:2: the line ends inside a JSON value`},
		{KindJSONL, "{}{}\n", `f:1: the line is not one valid JSON value`},
		{KindLines, "", `f holds no records to split`},
	}
	for _, test := range tests {
		o := Options{Name: "f", Kind: test.kind, Per: 1}
		for chunk := 2; chunk < 30; chunk++ {
			_, err := cutBy(make([]byte, chunk), strings.NewReader(test.content), o, func(Slice) error { return nil })
			if err == nil || err.Error() != test.want || fallow.CodeOf(err) != fallow.CodeInvalid {
				t.Errorf("%s %q: %v, want %s", test.kind, test.content, err, test.want)
			}
		}
	}
}

func TestCutOfHeaderAloneHasNoRecords(t *testing.T) {
	_, err := Cut(strings.NewReader("a,b\n"), Options{Name: "f", Kind: KindCSV, Per: 1, Header: true}, func(Slice) error { return nil })
	if err == nil || err.Error() != "f holds no records to split" {
		t.Error(err)
	}
}

// endless gives a FASTA record that never ends, without holding it.
type endless struct{ begun bool }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'A'
	}
	if !e.begun {
		e.begun = true
		copy(p, ">x\n")
	}
	return len(p), nil
}

func TestCutLimitsRecords(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 1 GiB")
	}
	_, err := Cut(&endless{}, Options{Name: "f", Kind: KindFASTA, Per: 1}, func(Slice) error { return nil })
	if fallow.CodeOf(err) != fallow.CodeLimit || !strings.Contains(err.Error(), "MaxRecord") {
		t.Error(err)
	}
}

func TestCutPassesErrorsOn(t *testing.T) {
	broken := errors.New("broken")
	o := Options{Name: "f", Kind: KindLines, Per: 1}
	if _, err := Cut(iotest.ErrReader(broken), o, func(Slice) error { return nil }); !errors.Is(err, broken) {
		t.Error(err)
	}
	if _, err := Cut(strings.NewReader("a\nb\n"), o, func(Slice) error { return broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
}

// TestRealProteins cuts 20,000 proteins into 40 slices of 500.
func TestRealProteins(t *testing.T) {
	const source = "/usr/share/doc/mmseqs2/example-data/DB.fasta.gz"
	f, err := os.Open(source)
	if err != nil {
		t.Skipf("needs Debian's mmseqs2-examples: %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	slices, file, err := cutAll(t, content, Options{Name: source, Kind: KindFASTA, Per: 500}, chunkSize)
	if err != nil {
		t.Fatal(err)
	}
	if file.Records != 20000 || len(slices) != 40 {
		t.Errorf("%d records in %d slices, want 20000 in 40", file.Records, len(slices))
	}
	if got := SliceFileName(source); got != "slice.fasta" {
		t.Errorf("slices are called %q", got)
	}
}
