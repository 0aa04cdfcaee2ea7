// Package collect turns the result files of a job's subjobs into the job's one
// result.
//
// A collector reads a [Source] of subjobs in order of index, one file at a time, and
// writes as it reads. What it makes depends only on the files, never on the order in
// which subjobs ended. Tables larger than memory are sorted in runs on disk.
package collect
