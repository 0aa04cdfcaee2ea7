package jobfile

import "fallow"

// File is a job file that was read: what it says, with paths as they are written
// and defaults filled in.
type File struct {
	Name     string
	Command  []string // words of the template, see package command
	App      App
	Inputs   []Input
	Split    Split
	Collect  fallow.Collect
	Needs    fallow.Needs
	Retries  int
	Priority int
	Env      []string // NAME=TEMPLATE, in the order written

	text    source   // for the errors of Resolve
	program position // where the program is named, for those of RefuseProgram
}

// App says what the program is. All empty means that the command's first word is
// looked up like a shell does.
type App struct {
	Files  []string // executables and what they need, as paths of this machine
	Script string   // a script, whose interpreter its first line names
	With   []With   // further files and folders that the program needs
	Bundle string   // a bundle on the grid: NAME@VERSION or a digest
}

// With is an entry of app: {with: ...}.
type With struct {
	From string // a file or folder of this machine
	At   string // its place in the sandbox; empty: the same
}

// Input is an entry of inputs.
type Input struct {
	From string // a path, a folder or a glob
	As   string // the name under {in}; empty: as From is written
	at   position
}

// Split is the split as it is written: like [fallow.Split], but with files that are
// not cut yet.
type Split struct {
	Range   *fallow.RangeSplit
	Sweep   []fallow.Parameter
	Zip     []fallow.Parameter
	Slices  *Slices
	Product []Split
	at      position
}

// Slices says how files are cut.
type Slices struct {
	Kind      string // one of the kinds of package split
	From      []Path // one file; for the kind "files" paths, folders or globs
	Per       int64  // records, lines or files in a slice
	Header    bool   // csv
	Separator byte   // csv
}

// Path is a path in a job file.
type Path struct {
	Path string
	at   position
}

// The numbers of records in a slice where the job file tells none.
const (
	DefaultLines   = 1
	DefaultFiles   = 1
	DefaultRecords = 100
)
