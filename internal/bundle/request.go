package bundle

import (
	"fmt"
	"strings"

	"fallow"
)

// Request says what to wrap.
type Request struct {
	// Programs are names found on PATH, or paths: native programs, or scripts that
	// stay at their place. Each becomes an entry under its base name.
	Programs []string
	// Scripts are paths of scripts and jars. Each is put at /app/NAME and becomes an
	// entry under its base name. Entries of scripts come first.
	Scripts []string
	// Extra are further files and directories: what programs load or read that can't
	// be found by looking at them, such as plug-ins. A library among them serves
	// whatever needs it by name and finds no other.
	Extra []Extra
	// Name of the bundle; that of the first entry, without its extension, if empty.
	Name string
	// Version of the application; may be empty.
	Version string
	// Profile of the sandbox; found out if empty.
	Profile fallow.Profile
	// Carry puts interpreters' libraries into the bundle, rather than to read those
	// that nodes have. The bundle then runs on nodes without the interpreter.
	Carry bool
	// ShellText is shell text that the programs will be given to run, as 'sh -c' is.
	// What it calls is wrapped, too. [ShellText] finds it in a command.
	ShellText []string
	// Bare leaves out what is only assumed to be needed: the plug-ins and data of the
	// programs' packages, and the programs that scripts call.
	Bare bool
	// Arch is the GOARCH of the nodes; this program's own if empty.
	Arch string
	// Root is the directory whose files are wrapped; "/" if empty. In another root,
	// all paths are as programs see them for which it is the root.
	Root string
	// SearchPath are the directories of PATH; $PATH, or the usual ones in another
	// root, if empty.
	SearchPath []string
	// LibraryPath are the directories of LD_LIBRARY_PATH, which the programs will have
	// in the sandbox, too; $LD_LIBRARY_PATH, or none in another root, if nil.
	LibraryPath []string
}

// Extra is a file or directory to be carried as it is.
type Extra struct {
	Host string // path on this machine
	Path string // place in the sandbox; the same if empty
}

// Wrapped is a bundle whose files still lie about on this machine.
type Wrapped struct {
	Manifest fallow.Manifest
	// Sources tells where each file's content is.
	Sources map[fallow.Digest]string
	// Notes tell people what they might not expect. One line each.
	Notes []string
}

// Refusals are all reasons for which an application can't be wrapped.
type Refusals []Refusal

// Refusal is one reason.
type Refusal struct {
	Path   string // what was asked for, or a file that it needs
	Reason string // in words
}

// Error lists the refusals, one per line.
func (r Refusals) Error() string {
	lines := make([]string, len(r))
	for i, refusal := range r {
		lines[i] = fmt.Sprintf("%s: %s", refusal.Path, refusal.Reason)
	}
	return strings.Join(lines, "\n")
}
