package collect

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"

	"fallow"
)

// maxFanIn bounds the runs that are merged, and so the files that are open, at
// once.
const maxFanIn = 64

// sorter sorts rows in bounded memory; equal rows keep their order: full loads are sorted and written as
// runs, runs are merged (Knuth, The Art of Computer Programming 3, 5.4). With a top
// it forgets rows that can't be among the first.
type sorter struct {
	keys   keyReader
	top    int64
	memory int64 // bytes of rows to hold
	temp   string

	rows  []*row
	held  int64 // bytes of rows
	worst *row  // the last of the top so far, once there are so many rows
	// runs[0] holds runs of one load each, runs[1] merged ones, and so on. All rows
	// of a level came before those of the level below it.
	runs [][]*os.File
}

func newSorter(c fallow.CollectTable, o Options) *sorter {
	memory := o.Memory
	if memory <= 0 {
		memory = DefaultMemory
	}
	return &sorter{keys: keyReader{keys: c.Sort, separator: c.Separator}, top: c.Top, memory: int64(memory), temp: o.TempDir}
}

// add takes in a row; the line is copied if it is kept.
func (s *sorter) add(ctx context.Context, line []byte) error {
	r, err := s.keys.row(line)
	if err != nil {
		return err
	}
	if s.worst != nil && s.keys.compare(r, s.worst) >= 0 {
		return nil
	}
	r.line, r.number = bytes.Clone(line), len(s.rows)
	s.rows = append(s.rows, r)
	s.held += r.memory()
	if s.held <= s.memory {
		return nil
	}
	s.sortLoad()
	if s.held <= s.memory/2 {
		return nil // the top of the load is all that is needed
	}
	return s.spill(ctx)
}

// sortLoad sorts the rows in memory and drops what is below the top.
func (s *sorter) sortLoad() {
	slices.SortFunc(s.rows, func(a, b *row) int {
		if order := s.keys.compare(a, b); order != 0 {
			return order
		}
		return a.number - b.number
	})
	if s.top > 0 && int64(len(s.rows)) >= s.top {
		for _, r := range s.rows[s.top:] {
			s.held -= r.memory()
		}
		clear(s.rows[s.top:])
		s.rows = s.rows[:s.top]
		s.worst = s.rows[s.top-1]
	}
	for i, r := range s.rows {
		r.number = i
	}
}

// spill writes the sorted load as a run.
func (s *sorter) spill(ctx context.Context) error {
	load := &loadReader{rows: s.rows}
	run, err := s.writeRun(ctx, []rowReader{load})
	if err != nil {
		return err
	}
	clear(s.rows)
	s.rows, s.held = s.rows[:0], 0
	return s.addRun(ctx, 0, run)
}

// addRun adds a run to a level and merges the level once it is full.
func (s *sorter) addRun(ctx context.Context, level int, run *os.File) error {
	if level == len(s.runs) {
		s.runs = append(s.runs, nil)
	}
	s.runs[level] = append(s.runs[level], run)
	if len(s.runs[level]) < maxFanIn {
		return nil
	}
	merged, err := s.mergeLevel(ctx, level)
	if err != nil {
		return err
	}
	return s.addRun(ctx, level+1, merged)
}

func (s *sorter) mergeLevel(ctx context.Context, level int) (*os.File, error) {
	readers, err := s.readers(s.runs[level])
	if err != nil {
		return nil, err
	}
	merged, err := s.writeRun(ctx, readers)
	if err != nil {
		return nil, err
	}
	removeRuns(s.runs[level])
	s.runs[level] = nil
	return merged, nil
}

// each visits the rows in order, at most top of them if there is one.
func (s *sorter) each(ctx context.Context, visit func(line []byte) error) error {
	s.sortLoad()
	var readers []rowReader
	for level := len(s.runs) - 1; level >= 0; level-- {
		of, err := s.readers(s.runs[level])
		if err != nil {
			return err
		}
		readers = append(readers, of...)
	}
	readers = append(readers, &loadReader{rows: s.rows})
	return s.merge(ctx, readers, visit)
}

func (s *sorter) readers(runs []*os.File) ([]rowReader, error) {
	readers := make([]rowReader, len(runs))
	for i, run := range runs {
		r, err := newRunReader(run, s.keys)
		if err != nil {
			return nil, err
		}
		readers[i] = r
	}
	return readers, nil
}

// close removes all runs.
func (s *sorter) close() {
	for _, level := range s.runs {
		removeRuns(level)
	}
}

// removeRuns gives temporary files back, which nobody needs any more.
func removeRuns(runs []*os.File) {
	for _, run := range runs {
		_ = run.Close()
		_ = os.Remove(run.Name())
	}
}

// writeRun writes the merged rows of readers as a new run.
func (s *sorter) writeRun(ctx context.Context, readers []rowReader) (_ *os.File, err error) {
	run, err := os.CreateTemp(s.temp, "fallow-sort-*")
	if err != nil {
		return nil, fmt.Errorf("sort: %w", err)
	}
	defer func() {
		if err != nil {
			removeRuns([]*os.File{run})
		}
	}()
	w := newRunWriter(run)
	if err := s.merge(ctx, readers, w.write); err != nil {
		return nil, err
	}
	return run, w.flush()
}
