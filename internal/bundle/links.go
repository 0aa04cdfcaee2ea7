package bundle

import (
	"path"
	"slices"
	"strings"

	"fallow"
)

// maxLinkHops is how many symbolic links the kernel follows in one path
// (path_resolution(7)).
const maxLinkHops = 40

func checkLinks(m fallow.Manifest) error {
	targets := make(map[string]string, len(m.Links))
	for _, l := range m.Links {
		targets[l.Path] = l.Target
	}
	for i, l := range m.Links {
		if err := checkPath(l.Path); err != nil {
			return err
		}
		if i > 0 && m.Links[i-1].Path >= l.Path {
			return invalid("link %q of bundle %q is repeated or out of order", l.Path, m.Name)
		}
		if l.Target == "" || len(l.Target) > MaxPath || !plain(l.Target) {
			return invalid("link %q of bundle %q has no usable target: %.80q", l.Path, m.Name, l.Target)
		}
		if _, err := follow(targets, l.Path); err != nil {
			return invalid("link %q to %q of bundle %q %w", l.Path, l.Target, m.Name, err)
		}
	}
	return nil
}

// follow resolves an absolute path over the links of a bundle to the path without
// links at which it ends. Climbing above the root, which the kernel forgives, is an
// error, because its author cannot have meant a place in the sandbox.
func follow(targets map[string]string, p string) (string, error) {
	at, todo, hops := "/", strings.Split(p, "/"), 0
	for len(todo) > 0 {
		name := todo[0]
		todo = todo[1:]
		switch name {
		case "", ".":
			continue
		case "..":
			if at == "/" {
				return "", fallow.Errorf(fallow.CodeInvalid, "leads out of the sandbox")
			}
			at = path.Dir(at)
			continue
		}
		next := path.Join(at, name)
		target, isLink := targets[next]
		if !isLink {
			at = next
			continue
		}
		if hops++; hops > maxLinkHops {
			return "", fallow.Errorf(fallow.CodeInvalid, "never ends: more than %d links", maxLinkHops)
		}
		if path.IsAbs(target) {
			at = "/"
		}
		todo = slices.Concat(strings.Split(target, "/"), todo)
	}
	return at, nil
}
