package command

import (
	"path"
	"strconv"
	"strings"

	"fallow"
)

// Expand gives the command of the subjob with this point and index. It fails with
// [fallow.CodeInvalid] on a placeholder that the point does not define, and with
// [fallow.CodeLimit] beyond [fallow.MaxCommandWords] or [fallow.MaxCommandSize].
func Expand(words []string, p fallow.Point, index int64) ([]string, error) {
	var out []string
	size := 0
	for _, word := range words {
		expanded, err := expandWord(word, p, index)
		if err != nil {
			return nil, err
		}
		for _, w := range expanded {
			size += len(w) + 1
		}
		out = append(out, expanded...)
		if len(out) > fallow.MaxCommandWords {
			return nil, fallow.Errorf(fallow.CodeLimit, "the command of subjob %d has more than %d words (MaxCommandWords)", index, fallow.MaxCommandWords)
		}
		if fallow.Size(size) > fallow.MaxCommandSize {
			return nil, fallow.Errorf(fallow.CodeLimit, "the command of subjob %d is longer than %s (MaxCommandSize)", index, fallow.MaxCommandSize)
		}
	}
	return out, nil
}

// ExpandEnv gives the environment of the subjob with this point and index: env
// holds NAME=TEMPLATE. It fails like [Expand].
func ExpandEnv(env []string, p fallow.Point, index int64) ([]string, error) {
	out := make([]string, len(env))
	for i, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		text, err := expandOne(value, p, index)
		if err != nil {
			return nil, fallow.Errorf(fallow.CodeOf(err), "environment variable %s: %w", name, err)
		}
		out[i] = name + "=" + text
	}
	return out, nil
}

// expandWord gives the words that one word of a template stands for.
func expandWord(word string, p fallow.Point, index int64) ([]string, error) {
	parts, err := parseWord(word)
	if err != nil {
		return nil, err
	}
	if len(parts) == 1 && parts[0].placeholder {
		return valuesOf(parts[0].text, p, index)
	}
	text, err := join(parts, p, index)
	return []string{text}, err
}

func expandOne(template string, p fallow.Point, index int64) (string, error) {
	parts, err := parseWord(template)
	if err != nil {
		return "", err
	}
	return join(parts, p, index)
}

// join puts parts together to one word.
func join(parts []part, p fallow.Point, index int64) (string, error) {
	var text strings.Builder
	for _, part := range parts {
		if !part.placeholder {
			text.WriteString(part.text)
			continue
		}
		values, err := valuesOf(part.text, p, index)
		if err != nil {
			return "", err
		}
		if len(values) != 1 {
			return "", fallow.Errorf(fallow.CodeInvalid, "{%s} of subjob %d stands for %d files, inside one word", part.text, index, len(values)).
				WithHint("let {%s} be a word of its own, or split with per: 1", part.text)
		}
		text.WriteString(values[0])
	}
	return text.String(), nil
}

// valuesOf gives what the placeholder name stands for: one value, or the paths of
// a slice.
func valuesOf(name string, p fallow.Point, index int64) ([]string, error) {
	switch name {
	case "in":
		return []string{InDir}, nil
	case "out":
		return []string{OutDir}, nil
	case "index":
		return []string{strconv.FormatInt(index, 10)}, nil
	}
	if value, ok := p.Params[name]; ok {
		return []string{value}, nil
	}
	for i, slice := range p.Slices {
		if name == SliceName(i) {
			return slicePaths(i, slice), nil
		}
	}
	return nil, fallow.Errorf(fallow.CodeInvalid, "the split defines nothing for {%s}", name).
		WithHint("define it in split, or write {{%s}} for the literal text", name)
}

func slicePaths(i int, slice fallow.Slice) []string {
	paths := make([]string, len(slice.Files))
	for n, file := range slice.Files {
		paths[n] = path.Join(InDir, SlicePath(i, file.Name))
	}
	return paths
}
