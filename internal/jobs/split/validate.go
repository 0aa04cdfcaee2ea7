package split

import (
	"strings"
	"unicode/utf8"

	"fallow"
	"fallow/internal/jobs/command"
)

// MaxValue bounds one value of a parameter, in bytes.
const MaxValue = 4096

// Kinds lists the kinds of [fallow.SliceSplit].
var Kinds = []string{KindLines, KindFiles, KindFASTA, KindFASTQ, KindCSV, KindJSONL}

// Names lists the placeholders that a split defines: its parameters and slices.
type Names struct {
	Params []string
	Slices int
}

// Has tells whether the placeholder name is defined.
func (n Names) Has(name string) bool {
	for _, p := range n.Params {
		if p == name {
			return true
		}
	}
	for i := range n.Slices {
		if command.SliceName(i) == name {
			return true
		}
	}
	return false
}

// NamesOf lists what s defines, in the order of the split.
func NamesOf(s fallow.Split) Names {
	var n Names
	collectNames(s, &n, 0)
	return n
}

func collectNames(s fallow.Split, n *Names, depth int) {
	if s.Range != nil {
		n.Params = append(n.Params, s.Range.Name)
	}
	for _, params := range [][]fallow.Parameter{s.Sweep, s.Zip} {
		for _, p := range params {
			n.Params = append(n.Params, p.Name)
		}
	}
	if s.Slices != nil {
		n.Slices++
	}
	for _, part := range s.Product {
		if depth < fallow.MaxSplitDepth {
			collectNames(part, n, depth+1)
		}
	}
}

// Validate checks a split that comes from outside: form, names, limits, and that
// the subjobs can be counted. It does not read index files.
func Validate(s fallow.Split) error {
	if err := checkForm(s, 0); err != nil {
		return err
	}
	names := NamesOf(s)
	if len(names.Params) > fallow.MaxParameters {
		return fallow.Errorf(fallow.CodeLimit, "the split has %d parameters, more than %d (MaxParameters)", len(names.Params), fallow.MaxParameters)
	}
	seen := map[string]bool{}
	for _, name := range names.Params {
		if err := command.CheckName(name); err != nil {
			return err
		}
		if seen[name] {
			return fallow.Errorf(fallow.CodeInvalid, "the split defines the parameter %q twice", name)
		}
		seen[name] = true
	}
	_, err := Count(s)
	return err
}

// checkForm checks that each split is of one form, and what each form holds.
func checkForm(s fallow.Split, depth int) error {
	if depth > fallow.MaxSplitDepth {
		return fallow.Errorf(fallow.CodeLimit, "the split has products more than %d deep (MaxSplitDepth)", fallow.MaxSplitDepth)
	}
	forms := formsOf(s)
	if forms > 1 || (forms == 0 && depth > 0) {
		return fallow.Errorf(fallow.CodeInvalid, "a split is of %d forms at once", forms).
			WithHint("a split is one of range, sweep, zip, slices or product")
	}
	if s.Slices != nil {
		if err := checkSlices(*s.Slices); err != nil {
			return err
		}
	}
	for _, params := range [][]fallow.Parameter{s.Sweep, s.Zip} {
		for _, p := range params {
			if err := checkParameter(p); err != nil {
				return err
			}
		}
	}
	for _, part := range s.Product {
		if err := checkForm(part, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func formsOf(s fallow.Split) int {
	forms := 0
	for _, set := range []bool{s.Range != nil, len(s.Sweep) > 0, len(s.Zip) > 0, s.Slices != nil, len(s.Product) > 0} {
		if set {
			forms++
		}
	}
	return forms
}

func checkSlices(s fallow.SliceSplit) error {
	for _, kind := range Kinds {
		if s.Kind == kind {
			if s.Index.Digest.IsZero() || s.Index.Size < minIndexSize {
				return fallow.Errorf(fallow.CodeInvalid, "the %s split has no index file", kind)
			}
			return nil
		}
	}
	return fallow.Errorf(fallow.CodeInvalid, "%q is no kind of slices", s.Kind).
		WithHint("the kinds are %s", strings.Join(Kinds, ", "))
}

func checkParameter(p fallow.Parameter) error {
	if p.Range != nil && len(p.Values) > 0 {
		return fallow.Errorf(fallow.CodeInvalid, "the parameter %q has both values and a range", p.Name)
	}
	for _, v := range p.Values {
		if err := CheckValue(v); err != nil {
			return fallow.Errorf(fallow.CodeOf(err), "parameter %q: %w", p.Name, err)
		}
	}
	return nil
}

// CheckValue tells why v can't be the value of a parameter: values go into commands
// as they are.
func CheckValue(v string) error {
	if len(v) > MaxValue {
		return fallow.Errorf(fallow.CodeLimit, "a value has %d bytes, more than %d (MaxValue)", len(v), MaxValue)
	}
	if !utf8.ValidString(v) || strings.IndexByte(v, 0) >= 0 {
		return fallow.Errorf(fallow.CodeInvalid, "the value %q is not text", v)
	}
	return nil
}
