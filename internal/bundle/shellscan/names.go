package shellscan

import "strings"

// Names tells which of the names stand anywhere in a text, in whatever language, as
// words of their own.
func Names(text string, names map[string]bool) []string {
	var found []string
	seen := map[string]bool{}
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !partOfName(r) }) {
		word = strings.TrimRight(word, ".-")
		if names[word] && !seen[word] {
			seen[word] = true
			found = append(found, word)
		}
	}
	return found
}

func partOfName(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._+-", r)
}
