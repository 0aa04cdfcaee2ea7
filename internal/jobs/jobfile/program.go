package jobfile

import "errors"

// ProgramProblem is why the program of a job can't be used.
type ProgramProblem struct{ Message, Hint string }

// RefuseProgram tells problems with the program where the job file names it, together
// with those that [File.Resolve] found, if err is of these.
func (f *File) RefuseProgram(found []ProgramProblem, err error) error {
	text := f.text
	if known, ok := errors.AsType[*Errors](err); ok {
		text.problems = append(text.problems, known.Problems...)
	}
	for _, p := range found {
		text.problem(f.program, p.Hint, "%s", p.Message)
	}
	return text.err()
}
