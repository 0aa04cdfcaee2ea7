// Package jobfile reads job files: the one page of YAML in which a scientist says
// what to run, on what, and what is to become of the results. docs/job-file.md is
// the reference of the language.
//
// [Parse] is pure: it reads text and tells all that is wrong with it at once, each
// [Problem] with its line, the line itself and what to do. [File.Resolve] then
// touches the file system: it finds the files that the job names, cuts those that
// are to be split, and gives a [Plan]: the job as the server wants it, and the
// files to upload.
package jobfile
