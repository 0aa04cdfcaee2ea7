package bundle

import (
	"crypto/md5" // dpkg's; no defence against anybody
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"fallow"
	"fallow/internal/bundle/dpkg"
	"fallow/internal/bundle/loader"
	"fallow/internal/bundle/shebang"
)

// privateDirs are below which a package keeps what only its programs read, in
// directories of its own. Beside each stand the directories that are common to all
// packages, or about the desktop or its services, which a sandbox has not.
var privateDirs = []struct {
	dir    string
	common []string
}{
	{"/usr/lib", []string{
		"binfmt.d", "bfd-plugins", "cgi-bin", "cups", "debug", "environment.d", "girepository-1.0", "init", "lsb",
		"menu", "mime", "modprobe.d", "modules-load.d", "pam.d", "pkgconfig", "cmake", "python3", "R", "security",
		"sysctl.d", "systemd", "sysusers.d", "tmpfiles.d", "udev", "valgrind",
	}},
	{"/usr/libexec", []string{"installed-tests"}},
	{"/usr/share", []string{
		"aclocal", "appdata", "applications", "apport", "bash-completion", "bug", "calendar", "cmake",
		"common-licenses", "dbus-1", "debconf", "doc", "doc-base", "emacs", "fish", "gdb", "gir-1.0", "gtk-doc",
		"help", "icons", "info", "lintian", "locale", "man", "menu", "metainfo", "nano", "pam-configs", "perl5",
		"pixmaps", "pkgconfig", "polkit-1", "python3", "reportbug", "sounds", "vala", "vim", "zsh",
	}},
	{"/etc", []string{
		"alternatives", "apparmor.d", "apt", "bash_completion.d", "ca-certificates", "cron.d", "cron.daily",
		"cron.weekly", "cron.monthly", "dbus-1", "default", "emacs", "init", "init.d", "kernel", "ld.so.conf.d",
		"logcheck", "logrotate.d", "network", "pam.d", "polkit-1", "ppp", "profile.d", "rc.d", "security", "ssh",
		"ssl", "sudoers.d", "sysctl.d", "systemd", "udev", "X11", "xdg",
	}},
}

// buildSuffixes are the ends of names of files that only compilers read.
var buildSuffixes = []string{".a", ".h", ".hpp", ".pc", ".cmake", ".pyc", ".gir", ".vapi"}

// isPrivate tells whether a path without links is in a directory of a package's own.
func (w *wrapper) isPrivate(p string) bool {
	for _, kept := range privateDirs {
		rest, ok := strings.CutPrefix(p, kept.dir+"/")
		if !ok {
			continue
		}
		if kept.dir == "/usr/lib" {
			rest = strings.TrimPrefix(rest, w.triplet+"/")
		}
		first, _, below := strings.Cut(rest, "/")
		return below && !slices.Contains(kept.common, first) || kept.dir == "/usr/libexec" && !below
	}
	return false
}

// isConfiguration tells whether a package's file lies in /etc itself and not in
// a directory there.
func isConfiguration(p *dpkg.Package, named string) bool {
	return path.Dir(named) == "/etc" && p.Conffiles[named] != ""
}

// privateFiles lists the private files of a package that everybody may read, links
// included, with their size. What a program of the package generates beside its
// plug-ins, such as their index, belongs to them. Configuration that was changed on
// this machine is left out.
func (a *assumer) privateFiles(p *dpkg.Package, own bool) ([]string, fallow.Size) {
	var files, dirs []string
	var size fallow.Size
	for _, named := range a.db.Files(p) {
		at, info, ok := a.lstat(named)
		switch {
		case !ok || Reserved(at):
		case info.IsDir():
			if a.isPrivate(at + "/.") {
				dirs = append(dirs, at)
			}
		case !a.isPrivate(at) && !isConfiguration(p, named):
		case !own && slices.ContainsFunc(buildSuffixes, func(end string) bool { return strings.HasSuffix(at, end) }):
		case a.changed(p, named, at):
			a.note("%s was changed on this machine and is left out; if it is needed, it must be named as an extra file", at)
		case a.takeable(at, info):
			files = append(files, at)
			size += fallow.Size(info.Size())
		}
	}
	return append(files, a.generated(dirs)...), size
}

// lstat looks at what a list names, at its place without links above it.
func (a *assumer) lstat(named string) (string, fs.FileInfo, bool) {
	parent := path.Dir(named)
	dir, ok := a.places[parent]
	if !ok {
		dir = a.withoutLinks(parent)
		a.places[parent] = dir
	}
	at := path.Join(dir, path.Base(named))
	info, err := os.Lstat(a.root.Host(at)) // dpkg may have been told to leave it out
	return at, info, err == nil
}

// takeable tells whether a file, or the end of a link, is one that a sandbox may have.
func (a *assumer) takeable(p string, info fs.FileInfo) bool {
	if info.Mode()&fs.ModeSymlink != 0 {
		to, err := a.root.Resolve(p)
		return err == nil && to.Info.Mode().IsRegular() && !Reserved(to.Path) &&
			(!within("/etc", to.Path) || a.isPrivate(to.Path)) && a.takeable(to.Path, to.Info)
	}
	return info.Mode().IsRegular() && info.Mode()&(fs.ModeSetuid|fs.ModeSetgid) == 0 && a.public(p, info)
}

// changed tells whether a file of configuration is not as the package brought it.
func (a *assumer) changed(p *dpkg.Package, named, at string) bool {
	shipped, ok := p.Conffiles[named]
	if !ok {
		return false
	}
	file, err := a.root.Open(at)
	if err != nil {
		return true
	}
	defer file.Close()
	hash := md5.New()
	_, err = io.Copy(hash, io.LimitReader(file, int64(maxPackageSize)))
	return err != nil || hex.EncodeToString(hash.Sum(nil)) != shipped
}

// maxGenerated bounds the size of one generated file.
const maxGenerated = 4 << 20

// generated lists the files in directories of plug-ins that no package brought.
func (a *assumer) generated(dirs []string) []string {
	var found []string
	for _, dir := range dirs {
		if !within("/usr/lib", dir) {
			continue
		}
		entries, err := os.ReadDir(a.root.Host(dir))
		if err != nil {
			continue
		}
		for _, entry := range entries {
			info, err := entry.Info()
			if p := path.Join(dir, entry.Name()); err == nil && info.Mode().IsRegular() && info.Size() <= maxGenerated && a.takeable(p, info) {
				found = append(found, p)
			}
		}
	}
	if len(found) == 0 {
		return nil
	}
	owners := a.db.Owners(found)
	return slices.DeleteFunc(found, func(p string) bool { return owners[p] != nil || strings.HasSuffix(p, ".pyc") })
}

// addPrivate takes one file of a package.
func (w *wrapper) addPrivate(p string) {
	at, err := w.root.Resolve(p)
	if err != nil || w.inSystem(at.Path) {
		return
	}
	file, err := w.finder.Open(at.Path)
	if err == nil && needsNetwork(file) {
		w.note("plug-ins and helpers that speak to a network are left out; one that is needed must be named as an extra file")
		return
	}
	w.addLinks(at.Links)
	w.addFile(w.place(at.Path), at.Path, err == nil || at.Info.Mode()&0o111 != 0 && !within("/etc", at.Path))
	if err == nil {
		w.addClosure(file, false)
	}
}

// networkLibraries are the beginnings of names of libraries for transfers and logins.
// Subjobs have no network but what their job asks for, and the libraries are large.
var networkLibraries = []string{
	"libcrypto.so", "libcurl", "libgnutls.so", "libgssapi", "libkrb5.so", "libldap", "libsasl2.so", "libssl.so",
}

// needsNetwork tells plug-ins and helpers that are for networks only.
func needsNetwork(file *loader.File) bool {
	return slices.ContainsFunc(file.Needed, func(name string) bool {
		return slices.ContainsFunc(networkLibraries, func(start string) bool { return strings.HasPrefix(name, start) })
	})
}

// startOf gives the interpreter of a script by its beginning; "" without one.
func startOf(head []byte) string {
	line, err := shebang.Parse(head)
	if err != nil || line == nil || !path.IsAbs(line.Program) {
		return ""
	}
	return line.Program
}

func startsShell(head []byte) bool {
	program := startOf(head)
	return program != "" && isShell(program)
}
