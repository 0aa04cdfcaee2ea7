package jobs

import "time"

// The limits of a job, beyond those of the domain.
const (
	// MaxName bounds a job's name, in bytes.
	MaxName = 128
	// MaxPriority bounds a job's priority; -MaxPriority is the least.
	MaxPriority = 100
	// MaxEnv bounds the environment variables of a job.
	MaxEnv = 256
	// MaxInputName bounds the name of an input file, in bytes.
	MaxInputName = 1024
	// MaxCores and MaxProcs bound what a subjob may ask for.
	MaxCores = 1024
	MaxProcs = 65_536
	// MaxRunTime bounds the longest run time that a job may ask for.
	MaxRunTime = 365 * 24 * time.Hour
	// MaxLabels bounds the labels that a job may ask for, and MaxLabel the bytes of
	// each name and value.
	MaxLabels = 64
	MaxLabel  = 128
)
