package command

import (
	"path"
	"strconv"
	"strings"

	"fallow"
)

// The folders of a subjob, as its command sees them.
const (
	InDir  = "/in"
	OutDir = "/out"
)

// MaxName bounds the name of a parameter, in bytes.
const MaxName = 64

// sliceWord begins the placeholders of slices and the folders they lie in.
const sliceWord = "slice"

// SliceName is the placeholder of the slice split at position i, from 0, and the
// folder under {in} where its files lie: "slice", "slice2", "slice3".
func SliceName(i int) string {
	if i == 0 {
		return sliceWord
	}
	return sliceWord + strconv.Itoa(i+1)
}

// SlicePath is where the file called name of the slice at position i appears,
// relative to {in}.
func SlicePath(i int, name string) string { return path.Join(SliceName(i), name) }

// CheckName tells why name can't name a parameter, with [fallow.CodeInvalid]. A
// parameter's name is letters, digits and underscores, does not begin with a
// digit, and is none of the placeholders that every job has.
func CheckName(name string) error {
	if !isName(name) {
		return fallow.Errorf(fallow.CodeInvalid, "%q is not a parameter's name", name).
			WithHint("a parameter's name is made of at most %d letters, digits and underscores, a letter first", MaxName)
	}
	if IsReserved(name) {
		return fallow.Errorf(fallow.CodeInvalid, "the parameter's name %q is taken", name).
			WithHint("in, out, index, slice, slice2 and so on have a meaning already; choose another name")
	}
	return nil
}

// IsReserved tells whether name is a placeholder that no parameter may have.
func IsReserved(name string) bool {
	if digits, ok := strings.CutPrefix(name, sliceWord); ok {
		return strings.Trim(digits, "0123456789") == ""
	}
	return name == "in" || name == "out" || name == "index"
}

func isName(name string) bool {
	if name == "" || len(name) > MaxName || ('0' <= name[0] && name[0] <= '9') {
		return false
	}
	for i := range len(name) {
		if !isNameByte(name[i]) {
			return false
		}
	}
	return true
}

func isNameByte(c byte) bool {
	return c == '_' || ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9')
}
