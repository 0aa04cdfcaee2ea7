package main

import (
	"strings"
	"unicode"
)

// visible makes text of others harmless on a terminal: control characters, with
// which a program's output or a file's name could rewrite the screen, are shown as
// a question mark. Line ends and tabs stay.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// oneLine is [visible] for a table's cell.
func oneLine(s string) string {
	return strings.Join(strings.Fields(visible(s)), " ")
}
