package transfer

import (
	"fmt"
	"strconv"
	"strings"

	"fallow"
)

// byteRange is a run of bytes of a file.
type byteRange struct {
	offset, length int64
}

// parseRange reads a Range header against a file of size bytes (RFC 9110, 14.1.2).
// Only one range of bytes is served; anything else is refused, not ignored, because
// a client that asked for a part has no use for the whole.
func parseRange(header string, size int64) (byteRange, error) {
	set, ok := strings.CutPrefix(header, "bytes=")
	first, last, dash := strings.Cut(set, "-")
	if !ok || !dash || strings.Contains(set, ",") {
		return byteRange{}, badRange(header, size)
	}
	if first == "" {
		return suffixRange(header, last, size)
	}
	from, err := parseDigits(first)
	if err != nil || from >= size {
		return byteRange{}, badRange(header, size)
	}
	if last == "" {
		return byteRange{from, size - from}, nil
	}
	to, err := parseDigits(last)
	if err != nil || to < from {
		return byteRange{}, badRange(header, size)
	}
	return byteRange{from, min(to, size-1) - from + 1}, nil
}

// suffixRange reads the form "-n": the last n bytes.
func suffixRange(header, last string, size int64) (byteRange, error) {
	n, err := parseDigits(last)
	if err != nil || n == 0 || size == 0 {
		return byteRange{}, badRange(header, size)
	}
	n = min(n, size)
	return byteRange{size - n, n}, nil
}

// parseDigits reads a number without a sign.
func parseDigits(s string) (int64, error) {
	n, err := strconv.ParseUint(s, 10, 63)
	return int64(n), err
}

func badRange(header string, size int64) error {
	return fallow.Errorf(fallow.CodeInvalid, "range %q is not one range of bytes of a file of %d", header, size)
}

// header writes the range for a request.
func (r byteRange) header() string {
	return fmt.Sprintf("bytes=%d-%d", r.offset, r.offset+r.length-1)
}

// contentRange writes the range for an answer.
func (r byteRange) contentRange(size int64) string {
	return fmt.Sprintf("bytes %d-%d/%d", r.offset, r.offset+r.length-1, size)
}
