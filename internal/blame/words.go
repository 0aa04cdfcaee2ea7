package blame

import (
	"fmt"
	"strings"

	"fallow"
)

// last tells how the attempt that decided the case ended.
func last(c Case) string { return fmt.Sprintf("; the last: %s", told(c.Outcome)) }

// told gives an outcome in words: "failed with exit code 1: no such file".
func told(o fallow.Outcome) string {
	words := string(o.Kind)
	switch o.Kind {
	case fallow.Failed:
		words = fmt.Sprintf("failed with exit code %d", o.ExitCode)
	case fallow.Crashed:
		words = "crashed with " + o.Signal
	case fallow.OverLimit:
		words = fmt.Sprintf("over its limit of %s", o.Limit)
	}
	if o.Reason == "" {
		return words
	}
	return words + ": " + o.Reason
}

// list gives "a, b, c".
func list[T any](items []T) string {
	words := make([]string, len(items))
	for i, item := range items {
		words[i] = fmt.Sprint(item)
	}
	return strings.Join(words, ", ")
}

// count gives "1 retry" or "3 retries".
func count(n int, what string) string {
	if n != 1 {
		stem, ok := strings.CutSuffix(what, "y")
		if what = what + "s"; ok {
			what = stem + "ies"
		}
	}
	return fmt.Sprintf("%d %s", n, what)
}
