package bundle

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"fallow"
)

// maxNamedMissing is how many of the libraries that modules lack are told by name.
const maxNamedMissing = 8

// finish reads and hashes all files, and writes the manifest.
func (w *wrapper) finish(ctx context.Context) (*Wrapped, error) {
	m := fallow.Manifest{
		Format: fallow.ManifestFormat, Name: w.name(), Version: w.req.Version,
		OS: "linux", Arch: w.req.Arch, Profile: w.chooseProfile(),
		Entries: w.entries, Systems: w.systems, Env: w.environment(),
	}
	slices.Sort(m.Systems)
	sources := map[fallow.Digest]string{}
	for _, at := range slices.Sorted(maps.Keys(w.files)) {
		file, err := w.hash(ctx, at)
		if err != nil {
			return nil, err
		}
		m.Files = append(m.Files, file)
		sources[file.Digest] = w.root.Host(w.files[at].real)
	}
	w.addTopLinks()
	for _, at := range slices.Sorted(maps.Keys(w.links)) {
		if !w.inSystem(at) {
			m.Links = append(m.Links, fallow.BundleLink{Path: at, Target: w.links[at]})
		}
	}
	if err := Validate(m); err != nil {
		return nil, err
	}
	w.noteModules()
	return &Wrapped{Manifest: m, Sources: sources, Notes: w.notes}, nil
}

// topLinks are the directories that distributions have merged into /usr. Programs
// name them without being asked: system(3) starts /bin/sh.
var topLinks = []string{"/bin", "/lib", "/lib32", "/lib64", "/sbin"}

func (w *wrapper) addTopLinks() {
	for _, p := range topLinks {
		if at, err := w.root.Resolve(p); err == nil && len(at.Links) == 1 && at.Info.IsDir() && !Reserved(at.Path) {
			w.addLinks(at.Links)
		}
	}
}

func (w *wrapper) name() string {
	first := w.entries[0].Name
	short := strings.TrimSuffix(first, path.Ext(first))
	return cmp.Or(w.req.Name, short, first)
}

func (w *wrapper) chooseProfile() fallow.Profile {
	switch {
	case w.req.Profile == "" && w.jit:
		return fallow.ProfileJIT
	case w.req.Profile == "":
		return fallow.ProfileStrict
	case w.req.Profile == fallow.ProfileStrict && w.jit:
		w.note("the profile strict was asked for, but something here makes code while it runs, which strict forbids")
	}
	return w.req.Profile
}

// environment gives the variables that programs need to find what was carried. The
// sandbox's loader has no configuration of this machine.
func (w *wrapper) environment() []string {
	if len(w.libDirs) > 0 {
		w.addEnv("LD_LIBRARY_PATH=" + strings.Join(w.libDirs, ":"))
	}
	return w.env
}

func (w *wrapper) hash(ctx context.Context, at string) (fallow.BundleFile, error) {
	if err := ctx.Err(); err != nil {
		return fallow.BundleFile{}, err
	}
	from := w.files[at]
	file, err := w.root.Open(from.real)
	if err != nil {
		return fallow.BundleFile{}, fallow.Errorf(fallow.CodeUnsupported, "this can't be wrapped:\n%w",
			Refusals{{Path: from.real, Reason: lastCause(err).Error()}})
	}
	defer file.Close()
	hash := sha256.New()
	size, err := io.Copy(hash, io.LimitReader(file, int64(fallow.MaxBundleSize)+1))
	if err != nil {
		return fallow.BundleFile{}, fmt.Errorf("read %q: %w", from.real, err)
	}
	return fallow.BundleFile{Path: at, Digest: fallow.Digest(hash.Sum(nil)), Size: size, Exec: from.exec}, nil
}

// noteModules tells which libraries modules lack, unless it is a module itself that
// its interpreter will have loaded before.
func (w *wrapper) noteModules() {
	for _, module := range w.modules {
		delete(w.missing, module.Name)
		delete(w.missing, path.Base(module.Real))
	}
	for at := range w.files {
		delete(w.missing, path.Base(at))
	}
	names := slices.Sorted(maps.Keys(w.missing))
	for _, name := range names[:min(len(names), maxNamedMissing)] {
		w.note("%s can't be loaded: this machine has no %s", w.missing[name], name)
	}
	if more := len(names) - maxNamedMissing; more > 0 {
		w.note("%d more libraries that modules need are not on this machine", more)
	}
}
