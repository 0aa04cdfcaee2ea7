package collect

import (
	"context"
	"fmt"
	"io"
	"path"
	"strconv"

	"fallow"
)

// MaxFiles bounds the files that [fallow.CollectFiles] names in a job's result.
const MaxFiles = 1_000_000

// files names the results that are there; nothing is copied.
func files(ctx context.Context, c fallow.Collect, src Source) (Report, error) {
	var report Report
	for {
		result, err := src.Next(ctx)
		if err == io.EOF {
			return report, nil
		}
		if err != nil {
			return report, fmt.Errorf("read results: %w", err)
		}
		report.Subjobs++
		report.Files = append(report.Files, NameFiles(c, result)...)
		if len(report.Files) > MaxFiles {
			return report, fallow.Errorf(fallow.CodeLimit, "the job's result has more than %d files (MaxFiles)", MaxFiles).
				WithHint("collect fewer files by a pattern, or put them together with concat or table")
		}
	}
}

// NameFiles gives the files of one subjob that [fallow.CollectFiles] keeps, called
// INDEX/NAME.
func NameFiles(c fallow.Collect, result Result) []fallow.FileRef {
	var named []fallow.FileRef
	for _, file := range result.Files {
		if keeps(c, file.Path) {
			file.Path = path.Join(strconv.FormatInt(result.Index, 10), file.Path)
			named = append(named, file)
		}
	}
	return named
}

func keeps(c fallow.Collect, name string) bool {
	if c.Files == nil || len(c.Files.Match) == 0 {
		return true
	}
	for _, pattern := range c.Files.Match {
		if ok, err := path.Match(pattern, name); ok && err == nil {
			return true
		}
	}
	return false
}

// Outputs lists the patterns of the files that a subjob must send back; none means
// all that is in {out}.
func Outputs(c fallow.Collect) []string {
	switch {
	case c.Files != nil:
		return c.Files.Match
	case c.Concat != nil:
		return []string{c.Concat.File}
	case c.Table != nil:
		return []string{c.Table.File}
	case c.Stats != nil:
		return []string{c.Stats.File}
	}
	return nil
}

// WantsStdout tells whether a subjob must send its standard output back as a file.
func WantsStdout(c fallow.Collect) bool {
	for _, pattern := range Outputs(c) {
		if pattern == fallow.StdoutName {
			return true
		}
	}
	return false
}
