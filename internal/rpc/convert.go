package rpc

import (
	"math"
	"strings"
	"time"

	"fallow"
)

// invalid makes the error of a message that can't be meant.
func invalid(format string, args ...any) error {
	return fallow.Errorf(fallow.CodeInvalid, "bad message: "+format, args...)
}

// convert applies a conversion to each element of a list and stops at the first
// error. An empty list gives nil, as in the domain.
func convert[W, D any](list []W, from func(W) (D, error)) ([]D, error) {
	if len(list) == 0 {
		return nil, nil
	}
	out := make([]D, 0, len(list))
	for _, element := range list {
		d, err := from(element)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// ToTime gives Unix nanoseconds, 0 for the zero time.
func ToTime(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// FromTime reads what [ToTime] wrote, in local time for people.
func FromTime(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns)
}

// toInt32 holds a count within the wire's range rather than let it wrap around.
func toInt32(n int) int32 {
	return int32(min(max(n, math.MinInt32), math.MaxInt32))
}

// toText makes text fit for the wire, where anything but UTF-8 is refused as a
// whole message. Words from programs and file systems may hold any bytes.
func toText(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// cutText makes text fit for the wire and at most limit bytes long.
func cutText(s string, limit fallow.Size) string {
	s = toText(s)
	return strings.ToValidUTF8(s[:min(len(s), int(limit))], "")
}
