package sqlstore

import (
	"encoding/json"
	"fmt"
	"time"
)

// nanos is how a time is stored: unix nanoseconds, 0 for the zero time.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// moment reads what nanos wrote.
func moment(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// text is a value as JSON, for a column that is only read as a whole.
func text(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// untext reads what text wrote.
func untext(column, s string, v any) error {
	if err := json.Unmarshal([]byte(s), v); err != nil {
		return fmt.Errorf("column %s is not what was written: %w", column, err)
	}
	return nil
}

// blob is bytes for a column that is not NULL.
func blob(b []byte) []byte { return append([]byte{}, b...) }
