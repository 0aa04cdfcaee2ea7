package fallow

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Size is a number of bytes. In text it is a number with an optional unit of
// powers of 1024 (KiB, MiB, GiB, TiB) or 1000 (kB, MB, GB, TB).
type Size int64

// The binary units.
const (
	KiB Size = 1 << 10
	MiB Size = 1 << 20
	GiB Size = 1 << 30
	TiB Size = 1 << 40
)

// sizeUnits is ordered by length, so that "MiB" is tried before "B".
var sizeUnits = []struct {
	name string
	size Size
}{
	{"KiB", KiB}, {"MiB", MiB}, {"GiB", GiB}, {"TiB", TiB},
	{"kB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1},
}

// ParseSize reads "512", "64MiB" or "1.5 GiB".
func ParseSize(s string) (Size, error) {
	number, unit := strings.TrimSpace(s), Size(1)
	for _, u := range sizeUnits {
		if rest, ok := strings.CutSuffix(number, u.name); ok {
			number, unit = strings.TrimSpace(rest), u.size
			break
		}
	}
	value, err := strconv.ParseFloat(number, 64)
	total := value * float64(unit)
	if err != nil || !(total >= 0) || total >= math.MaxInt64 {
		return 0, Errorf(CodeInvalid, "%q is not a size", s).
			WithHint("write a number and a unit, for example 256MiB or 2GB")
	}
	return Size(total), nil
}

// String gives the shortest form with a binary unit: "256MiB", "1.5GiB".
func (s Size) String() string {
	for _, u := range []struct {
		name string
		size Size
	}{{"TiB", TiB}, {"GiB", GiB}, {"MiB", MiB}, {"KiB", KiB}} {
		if s >= u.size {
			return strconv.FormatFloat(math.Round(float64(s)/float64(u.size)*100)/100, 'f', -1, 64) + u.name
		}
	}
	return fmt.Sprintf("%dB", int64(s))
}
