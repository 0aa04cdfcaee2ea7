package collect

import (
	"context"
	"errors"
	"fmt"
	"io"

	"fallow"
)

// Result is what one subjob left behind.
type Result struct {
	Index int64
	Files []fallow.FileRef // Path is the name under {out}, or stdout
}

// Source gives the results of a job's subjobs.
type Source interface {
	// Next gives the next result in ascending order of index, and io.EOF after the
	// last.
	Next(ctx context.Context) (Result, error)
	// Open opens a file of a result. The collector closes it.
	Open(ctx context.Context, file fallow.FileRef) (io.ReadCloser, error)
}

// Create makes a new file of the job's result. The collector closes it, after an
// error too: what was written then is to be thrown away.
type Create func(name string) (io.WriteCloser, error)

// Options are what a collector may use.
type Options struct {
	TempDir string      // for sorting; the system's default if empty
	Memory  fallow.Size // for sorting; DefaultMemory if 0
}

// DefaultMemory bounds the rows that a sort keeps in memory, without other word.
const DefaultMemory = 64 * fallow.MiB

// Report tells what was collected.
type Report struct {
	Subjobs int64            // whose results went in
	Rows    int64            // of a table, or numbers of statistics
	Into    string           // the file made; empty for CollectFiles
	Files   []fallow.FileRef // the result of CollectFiles, which makes no files but names those there are
}

// Run collects. Errors in what subjobs made, such as a missing file or a word where
// a number should be, are [fallow.CodeInvalid] and name the subjob by its index.
func Run(ctx context.Context, c fallow.Collect, src Source, create Create, o Options) (Report, error) {
	if err := Validate(c); err != nil {
		return Report{}, err
	}
	switch {
	case c.Concat != nil:
		return into(c.Concat.Into, create, func(w io.Writer) (Report, error) {
			return concat(ctx, *c.Concat, src, w)
		})
	case c.Table != nil:
		return into(c.Table.Into, create, func(w io.Writer) (Report, error) {
			return table(ctx, *c.Table, src, w, o)
		})
	case c.Stats != nil:
		return into(c.Stats.Into, create, func(w io.Writer) (Report, error) {
			return stats(ctx, *c.Stats, src, w)
		})
	}
	return files(ctx, c, src)
}

// into lets collect write the result file called name.
func into(name string, create Create, collect func(io.Writer) (Report, error)) (Report, error) {
	w, err := create(name)
	if err != nil {
		return Report{}, fmt.Errorf("make the result %q: %w", name, err)
	}
	report, err := collect(w)
	report.Into = name
	if cerr := w.Close(); cerr != nil {
		err = errors.Join(err, fmt.Errorf("make the result %q: %w", name, cerr))
	}
	return report, err
}

// eachFile calls visit with the file called name of every subjob.
func eachFile(ctx context.Context, src Source, name string, visit func(index int64, r io.Reader) error) (Report, error) {
	var report Report
	for {
		result, err := src.Next(ctx)
		if err == io.EOF {
			return report, nil
		}
		if err != nil {
			return report, fmt.Errorf("read results: %w", err)
		}
		if err := visitFile(ctx, src, result, name, visit); err != nil {
			return report, err
		}
		report.Subjobs++
	}
}

func visitFile(ctx context.Context, src Source, result Result, name string, visit func(int64, io.Reader) error) error {
	file, err := find(result, name)
	if err != nil {
		return err
	}
	r, err := src.Open(ctx, file)
	if err != nil {
		return fmt.Errorf("open %q of subjob %d: %w", name, result.Index, err)
	}
	defer r.Close() // it was only read
	return visit(result.Index, r)
}

func find(result Result, name string) (fallow.FileRef, error) {
	for _, file := range result.Files {
		if file.Path == name {
			return file, nil
		}
	}
	return fallow.FileRef{}, fallow.Errorf(fallow.CodeInvalid, "subjob %d left no file %q among its %d", result.Index, name, len(result.Files)).
		WithHint("let the program write {out}/%s, even if it is empty", name)
}
