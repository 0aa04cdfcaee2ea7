package jobfile

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"fallow"
)

// match is a file that was found: where it lies, and its name on the node.
type match struct{ path, name string }

// find gives the regular files that a path, folder or glob stands for, sorted by
// path. A relative path keeps its folders in the name on the node; one that leads
// out of the job file's folder loses all but what a folder or glob added. As
// replaces the name of a file or folder, and is the folder of a glob's matches.
func (r *resolver) find(from Path, as string) []match {
	whole := r.path(from.Path)
	info, err := os.Stat(whole)
	var found []match
	switch {
	case err == nil && info.IsDir():
		found = r.walk(whole, orElse(as, nameOf(from.Path)), from.at)
	case err == nil:
		found = r.regular(whole, info, orElse(as, nameOf(from.Path)), from.at)
	case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(from.Path, `*?[`):
		return r.glob(from, as)
	case errors.Is(err, fs.ErrNotExist):
		r.problem(from.at, "paths are relative to the job file's folder", "there is no file %q", from.Path)
	default:
		r.fail(from.at, err)
	}
	return found
}

func orElse(first, second string) string {
	if first != "" {
		return first
	}
	return second
}

// nameOf is the name on the node of a path without a glob.
func nameOf(written string) string {
	clean := path.Clean(filepath.ToSlash(written))
	if filepath.IsLocal(clean) && clean != "." {
		return clean
	}
	return path.Base(clean)
}

// regular gives a file, which must be one that can be read from its start again.
func (r *resolver) regular(whole string, info fs.FileInfo, name string, at position) []match {
	if !info.Mode().IsRegular() {
		r.problem(at, "copy its content into a file", "%q is not a regular file, but %s", whole, info.Mode().Type())
		return nil
	}
	return []match{{whole, name}}
}

// walk gives the files below a folder. Links to folders are not followed.
func (r *resolver) walk(root, name string, at position) []match {
	var found []match
	err := filepath.WalkDir(root, func(whole string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if len(found) >= fallow.MaxSubjobs {
			return fallow.Errorf(fallow.CodeLimit, "there are more than %d files in %s (MaxSubjobs)", fallow.MaxSubjobs, root)
		}
		info, err := os.Stat(whole)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, whole)
		found = append(found, r.regular(whole, info, path.Join(name, filepath.ToSlash(rel)), at)...)
		return err
	})
	if err != nil {
		r.fail(at, err)
	}
	if len(found) == 0 {
		r.problem(at, "", "there are no files in the folder %q", root)
	}
	return found
}

// glob gives the files that match a pattern; folders that match are left out.
func (r *resolver) glob(from Path, as string) []match {
	paths, err := filepath.Glob(r.path(from.Path))
	if err != nil {
		r.problem(from.at, "* stands for any characters but /, ? for one, [a-z] for one of these", "%q is not a pattern", from.Path)
		return nil
	}
	base := r.path(fixedFolder(from.Path))
	prefix := orElse(as, localFolder(fixedFolder(from.Path)))
	var found []match
	for _, whole := range paths {
		info, err := os.Stat(whole)
		if err != nil {
			r.fail(from.at, err)
			continue
		}
		rel, err := filepath.Rel(base, whole)
		if err != nil {
			r.fail(from.at, err)
			continue
		}
		if !info.IsDir() {
			found = append(found, r.regular(whole, info, path.Join(prefix, filepath.ToSlash(rel)), from.at)...)
		}
	}
	if len(found) == 0 {
		r.problem(from.at, "paths are relative to the job file's folder", "no file matches %q", from.Path)
	}
	return found
}

// fixedFolder is the part of a pattern before the first element with a wildcard.
func fixedFolder(pattern string) string {
	elements := strings.Split(filepath.ToSlash(pattern), "/")
	for i, element := range elements {
		if strings.ContainsAny(element, `*?[\`) {
			elements = elements[:i]
			break
		}
	}
	folder := strings.Join(elements, "/")
	if folder == "" && strings.HasPrefix(pattern, "/") {
		return "/"
	}
	return folder
}

// localFolder is how a folder is called on the node: as written if it lies below
// the job file, else it is dropped.
func localFolder(folder string) string {
	clean := path.Clean(folder)
	if folder == "" || clean == "." || !filepath.IsLocal(clean) {
		return ""
	}
	return clean
}
