package command

import (
	"strings"

	"fallow"
)

// part is a stretch of a word: literal text, or the name of a placeholder.
type part struct {
	text        string
	placeholder bool
}

// parseWord takes a word of a template apart.
func parseWord(word string) ([]part, error) {
	var parts []part
	var literal strings.Builder
	for rest := word; rest != ""; {
		i := strings.IndexAny(rest, "{}")
		if i < 0 {
			literal.WriteString(rest)
			break
		}
		literal.WriteString(rest[:i])
		brace := rest[i]
		rest = rest[i:]
		if len(rest) > 1 && rest[1] == brace {
			literal.WriteByte(brace)
			rest = rest[2:]
			continue
		}
		name, after, err := cutPlaceholder(word, rest)
		if err != nil {
			return nil, err
		}
		if literal.Len() > 0 {
			parts = append(parts, part{text: literal.String()})
			literal.Reset()
		}
		parts = append(parts, part{text: name, placeholder: true})
		rest = after
	}
	if literal.Len() > 0 {
		parts = append(parts, part{text: literal.String()})
	}
	return parts, nil
}

// cutPlaceholder reads "{name}" at the start of rest, which is a part of word.
func cutPlaceholder(word, rest string) (name, after string, err error) {
	body, closed := strings.CutPrefix(rest, "{")
	if closed {
		name, after, closed = strings.Cut(body, "}")
	}
	if !closed {
		return "", "", fallow.Errorf(fallow.CodeInvalid, "the word %q has a single brace", word).
			WithHint("write {{ or }} for a literal brace")
	}
	if !isName(name) {
		return "", "", fallow.Errorf(fallow.CodeInvalid, "%q in the word %q is not a placeholder", "{"+name+"}", word).
			WithHint("write {{ and }} for literal braces")
	}
	return name, after, nil
}

// Placeholders lists the names of all placeholders in words, each once, in order
// of appearance. It fails with [fallow.CodeInvalid] if a word is not a template.
func Placeholders(words []string) ([]string, error) {
	var names []string
	seen := map[string]bool{}
	for _, word := range words {
		parts, err := parseWord(word)
		if err != nil {
			return nil, err
		}
		for _, p := range parts {
			if p.placeholder && !seen[p.text] {
				seen[p.text] = true
				names = append(names, p.text)
			}
		}
	}
	return names, nil
}

// Embeds tells whether the placeholder name stands in some word together with
// other text, where it can stand for one value only.
func Embeds(words []string, name string) bool {
	for _, word := range words {
		parts, err := parseWord(word)
		if err != nil || len(parts) < 2 {
			continue
		}
		for _, p := range parts {
			if p.placeholder && p.text == name {
				return true
			}
		}
	}
	return false
}
