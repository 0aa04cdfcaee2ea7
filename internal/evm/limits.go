package evm

import (
	"time"

	"fallow"
)

// Limits bounds what one run may use. A field that is 0 takes its default.
type Limits struct {
	Memory    fallow.Size   // of all its processes and its files in memory; default [fallow.DefaultMemory]
	Disk      fallow.Size   // of /work and /out together; default [fallow.DefaultDisk]
	Files     int64         // files and directories in /work and /out together; default [DefaultFiles]
	Scratch   fallow.Size   // of /tmp and /dev/shm, in memory; default a half of Memory
	Cores     int           // processors' worth of time; default no bound but the priority
	Procs     int           // processes and threads; default [fallow.DefaultProcs]
	Time      time.Duration // from start to end, pauses left out; default [fallow.DefaultMaxTime]
	FileSize  fallow.Size   // of one file; default Disk
	OpenFiles int           // per process; default [DefaultOpenFiles]
	Output    fallow.Size   // standard output and error together; default [fallow.DefaultOutput]
}

// The defaults of [Limits] that the domain has no word for.
const (
	DefaultFiles     = 1_000_000
	DefaultOpenFiles = 4096
)

// The names of limits, as an [Exit] and a [fallow.Outcome] give them.
const (
	LimitMemory   = "memory"
	LimitDisk     = "disk"
	LimitFiles    = "files"
	LimitProcs    = "procs"
	LimitTime     = "time"
	LimitFileSize = "file size"
	LimitOutput   = "output"
)

// withDefaults fills what was left open.
func (l Limits) withDefaults() Limits {
	fill(&l.Memory, fallow.DefaultMemory)
	fill(&l.Disk, fallow.DefaultDisk)
	fill(&l.Files, DefaultFiles)
	fill(&l.Scratch, l.Memory/2)
	fill(&l.Procs, fallow.DefaultProcs)
	fill(&l.Time, fallow.DefaultMaxTime)
	fill(&l.FileSize, l.Disk)
	fill(&l.OpenFiles, DefaultOpenFiles)
	fill(&l.Output, fallow.DefaultOutput)
	return l
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// check refuses what makes no sense.
func (l Limits) check() error {
	if l.Memory < 0 || l.Disk < 0 || l.Files < 0 || l.Scratch < 0 || l.Cores < 0 || l.Procs < 0 ||
		l.Time < 0 || l.FileSize < 0 || l.OpenFiles < 0 || l.Output < 0 {
		return fallow.Errorf(fallow.CodeInvalid, "a limit below 0 in %+v", l)
	}
	return nil
}
