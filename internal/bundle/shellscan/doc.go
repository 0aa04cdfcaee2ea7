// Package shellscan guesses from the text of a shell script which programs it calls.
//
// It does not parse the language: it cuts the text where a command can begin, and
// takes the first word there. It errs on the side of too many, because the reader
// looks each word up among the programs of a machine, and most that are none fail
// there. Names that a script puts together while it runs can't be found so.
package shellscan
