package bundle

import (
	"context"
	"io/fs"
	"path"
	"strings"
)

// carry takes a file or a whole directory to a place in the sandbox; "" means where
// it is.
func (w *wrapper) carry(ctx context.Context, p, at string) {
	from, err := w.root.Resolve(p)
	if err != nil {
		w.refuse(p, "%v", lastCause(err))
		return
	}
	if at == "" {
		w.addLinks(from.Links)
		at = w.place(from.Path)
	}
	if err := checkPath(at); err != nil {
		w.refuse(p, "its place in the sandbox: %v", err)
		return
	}
	if from.Info.IsDir() {
		w.carryDir(ctx, from.Path, at)
		return
	}
	w.carryFile(from.Path, at, from.Info.Mode(), true)
}

func (w *wrapper) carryDir(ctx context.Context, dir, at string) {
	err := fs.WalkDir(w.root.FS(), strings.TrimPrefix(dir, "/"), func(name string, entry fs.DirEntry, err error) error {
		p := "/" + name
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || len(w.refusals) > maxRefusals {
			w.refuse(p, "%v", lastCause(err))
			return fs.SkipAll
		}
		place := path.Join(at, strings.TrimPrefix(p, dir))
		switch {
		case entry.IsDir():
		case entry.Type()&fs.ModeSymlink != 0:
			w.carryLink(dir, p, at, place)
		default:
			info, err := entry.Info()
			if err != nil {
				w.refuse(p, "%v", lastCause(err))
				return nil
			}
			w.carryFile(p, place, info.Mode(), false)
		}
		return nil
	})
	if err != nil {
		w.refuse(dir, "%v", lastCause(err))
	}
}

// maxRefusals is how many reasons are collected before a walk ends: nobody reads
// more.
const maxRefusals = 100

func (w *wrapper) carryFile(real, at string, mode fs.FileMode, required bool) {
	if !mode.IsRegular() {
		w.refuse(real, "it is no regular file: %v", mode)
		return
	}
	file, err := w.finder.Open(real)
	w.addFile(at, real, err == nil || mode&0o111 != 0)
	if err == nil {
		w.addClosure(file, required)
	}
}

// carryLink takes a link in a carried directory. One that stays in the directory
// stays a link; what any other leads to is taken as a file, where it can be. A link
// that leads nowhere is left out: nothing can be read through it.
func (w *wrapper) carryLink(dir, p, at, place string) {
	to, err := w.root.Resolve(p)
	if err != nil {
		w.note("link %s leads nowhere and is left out", p)
		return
	}
	switch {
	case within(dir, to.Path):
		w.links[place] = path.Join(at, strings.TrimPrefix(to.Path, dir))
	case !to.Info.Mode().IsRegular():
		w.note("link %s leads to %s, which is left out", p, to.Path)
	case at == dir && !Reserved(to.Path):
		w.addLinks(to.Links)
		w.carryFile(to.Path, to.Path, to.Info.Mode(), false)
	default:
		w.carryFile(to.Path, place, to.Info.Mode(), false)
	}
}
