// Package jobs is Job Management: it knows what a job may ask for, and its parts
// know how a job is written, taken apart and put together again (paper, 2.1).
//
//   - jobfile reads a scientist's job file into a [fallow.JobSpec];
//   - split counts a job's subjobs and computes any one of them;
//   - command makes the command of one subjob out of the job's template;
//   - requirement evaluates what a job requires of a node;
//   - collect puts the subjobs' results together.
//
// The package itself holds the rules that a job must meet wherever it comes from:
// [Validate]. They are checked where a job file is read and again by the server,
// which trusts nobody.
package jobs
