package fallow

import "time"

// Everything that can grow has a limit with a name. A limit that is hit is
// reported under that name, with an [Error] of code [CodeLimit].
const (
	// MaxJobFile bounds a job file.
	MaxJobFile = 1 * MiB
	// MaxSubjobs bounds the subjobs of one job.
	MaxSubjobs = 10_000_000
	// MaxJobInputs bounds the input files of one job.
	MaxJobInputs = 10_000
	// MaxCommandWords bounds a command, and MaxCommandSize its bytes together.
	MaxCommandWords = 4096
	MaxCommandSize  = 128 * KiB
	// MaxParameters bounds the parameters of one split.
	MaxParameters = 64
	// MaxSplitDepth bounds products within products.
	MaxSplitDepth = 4
	// MaxRecord bounds one record of a split file: a FASTA entry, a CSV row, a line.
	MaxRecord = 1 * GiB
	// MaxFile bounds one file in the store.
	MaxFile = 8 * TiB
	// MaxManifest bounds a bundle's manifest.
	MaxManifest = 16 * MiB
	// MaxBundleFiles bounds the files of one bundle, and MaxBundleSize their bytes.
	MaxBundleFiles = 50_000
	MaxBundleSize  = 16 * GiB
	// MaxResultFiles bounds the result files of one subjob.
	MaxResultFiles = 10_000
	// DefaultOutput bounds the result files of one subjob together, unless the job
	// asks for more, and MaxOutput bounds what it may ask for.
	DefaultOutput = 1 * GiB
	MaxOutput     = 1 * TiB
	// MaxLogTail bounds what an outcome keeps of standard output and error.
	MaxLogTail = 64 * KiB
	// MaxMessage bounds one message between the programs of the grid.
	MaxMessage = 32 * MiB
	// MaxStreamAge bounds the life of a stream from server to node; the node
	// reconnects.
	MaxStreamAge = 10 * time.Minute
	// MaxRetries bounds what a job may ask for.
	MaxRetries = 100
	// MaxAttempts bounds the attempts of one subjob for whatever cause.
	MaxAttempts = 1000
)

// The defaults of [Needs].
const (
	DefaultMemory  = 1 * GiB
	DefaultDisk    = 1 * GiB
	DefaultProcs   = 512
	DefaultMaxTime = 24 * time.Hour
	DefaultRetries = 3
)

// LeaseTime is how long a node may be silent before its attempts are lost, and
// HeartbeatTime is how often it speaks.
const (
	LeaseTime     = 60 * time.Second
	HeartbeatTime = 10 * time.Second
)
