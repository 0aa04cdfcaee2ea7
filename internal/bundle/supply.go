package bundle

import (
	"cmp"
	"path"

	"fallow/internal/bundle/loader"
)

// supply makes a library that was not found be found after all, if it is among the
// extra files. It is not taken here, since extra files are anyway. It tells whether
// it could.
func (w *wrapper) supply(name string, required bool) bool {
	if w.supplied[name] {
		return true
	}
	file, at := w.amongExtra(name)
	if file == nil {
		return false
	}
	w.supplied[name] = true
	w.addLibDir(path.Dir(at))
	if as := path.Join(path.Dir(at), name); as != at && w.links[as] == "" {
		w.links[as] = at
	}
	w.addClosure(file, required)
	return true
}

// amongExtra finds an extra library by its file's name or by that which it gives
// itself, or a file in an extra directory, and its place in the sandbox.
func (w *wrapper) amongExtra(name string) (*loader.File, string) {
	for _, extra := range w.req.Extra {
		from, err := w.root.Resolve(w.absolute(extra.Host))
		if err != nil {
			continue // refused when it is to be taken
		}
		p, at := from.Path, cmp.Or(extra.Path, w.place(from.Path))
		if from.Info.IsDir() {
			p, at = path.Join(p, name), path.Join(at, name)
		}
		file, err := w.finder.Open(p)
		if err == nil && (path.Base(extra.Host) == name || path.Base(p) == name || file.Name == name) {
			return file, at
		}
	}
	return nil, ""
}
