package result

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"fallow"
)

// Collect finds the results in the folder dir and hashes them: the files whose
// path, slash-separated and relative to dir, matches one of the patterns of
// [path.Match]; all files without patterns. They come sorted by path.
//
// The error's code is CodeInvalid for something that is no proper file under a
// matching name, and for a bad pattern; CodeLimit beyond a limit; CodeConflict for
// a file that changes meanwhile, which is [ErrChanged].
func Collect(ctx context.Context, dir string, patterns []string, limits Limits) ([]File, error) {
	if err := checkPatterns(patterns); err != nil {
		return nil, err
	}
	root, err := openRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("collect results: %w", err)
	}
	defer root.Close()
	w := walk{root: root, patterns: patterns, budget: budget{limits: limits.withDefaults()}}
	if err := w.folder(ctx, ".", 0); err != nil {
		return nil, err
	}
	slices.Sort(w.found)
	files := make([]File, 0, len(w.found))
	for _, name := range w.found {
		f, err := read(ctx, root, name, &w.budget)
		if err != nil {
			return nil, err
		}
		f.dir = dir
		files = append(files, f)
	}
	return files, nil
}

func checkPatterns(patterns []string) error {
	for _, p := range patterns {
		if _, err := path.Match(p, ""); err != nil {
			return fallow.Errorf(fallow.CodeInvalid, "result pattern %q is malformed: %w", p, err)
		}
	}
	return nil
}

// matches tells whether a name is asked for. The patterns were checked before.
func matches(patterns []string, name string) bool {
	if len(patterns) == 0 {
		return true
	}
	return slices.ContainsFunc(patterns, func(p string) bool {
		ok, err := path.Match(p, name)
		return ok && err == nil
	})
}

// reaches tells whether a pattern could match something below a folder, so that
// the others need not be read.
func reaches(patterns []string, folder string) bool {
	if len(patterns) == 0 {
		return true
	}
	depth := strings.Count(folder, "/") + 1
	return slices.ContainsFunc(patterns, func(p string) bool {
		parts := strings.Split(p, "/")
		if len(parts) <= depth {
			return false
		}
		ok, err := path.Match(strings.Join(parts[:depth], "/"), folder)
		return ok || err != nil
	})
}
