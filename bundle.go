package fallow

// Profile is how strict a sandbox is about code.
type Profile string

// The profiles (paper, 4.3.2).
const (
	// ProfileStrict lets a program run registered files only and never make code
	// of its own.
	ProfileStrict Profile = "strict"
	// ProfileJIT lets a program make code in memory, for the JVM and its like.
	ProfileJIT Profile = "jit"
)

// Manifest describes a bundle: a wrapped application. Its bytes in canonical form
// (package bundle) are what is signed, and their digest is the bundle's name
// everywhere. It corresponds to the paper's configuration file (4.1.2).
type Manifest struct {
	Format  int          `json:"format"` // ManifestFormat
	Name    string       `json:"name"`   // "hmmsearch"
	Version string       `json:"version,omitempty"`
	OS      string       `json:"os"`   // "linux"
	Arch    string       `json:"arch"` // GOARCH: "amd64"
	Profile Profile      `json:"profile"`
	Entries []Entry      `json:"entries"`           // what a command may name; the first is the default
	Files   []BundleFile `json:"files"`             // sorted by path
	Links   []BundleLink `json:"links,omitempty"`   // sorted by path
	Systems []string     `json:"systems,omitempty"` // read-only directories of the node that it reads
	Env     []string     `json:"env,omitempty"`     // NAME=VALUE that its programs expect
}

// ManifestFormat is the version of the manifest's form that this code writes.
const ManifestFormat = 1

// Entry is a program that a job's command may start.
type Entry struct {
	Name string   `json:"name"` // the command's first word: "hmmsearch"
	Argv []string `json:"argv"` // what it stands for: an absolute path, for a script the interpreter first
}

// BundleFile is a file of a bundle at its place in the sandbox.
type BundleFile struct {
	Path   string `json:"path"` // absolute, clean
	Digest Digest `json:"digest"`
	Size   int64  `json:"size"`           // bytes
	Exec   bool   `json:"exec,omitempty"` // may be started or mapped as code
}

// BundleLink is a symbolic link of a bundle.
type BundleLink struct {
	Path   string `json:"path"`   // absolute, clean
	Target string `json:"target"` // as readlink gives it; never leads out of the sandbox's root
}
