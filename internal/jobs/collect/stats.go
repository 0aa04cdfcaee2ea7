package collect

import (
	"context"
	"fmt"
	"io"
	"math"
	"strconv"

	"fallow"
)

// stats computes the statistics of one column over all subjobs and writes them as
// a table of one row, separated by tabs. Empty lines, and comments that begin with
// "#", are left out.
func stats(ctx context.Context, c fallow.CollectStats, src Source, w io.Writer) (Report, error) {
	var m moments
	report, err := eachFile(ctx, src, c.File, func(index int64, r io.Reader) error {
		return eachLine(index, c.File, r, func(line int64, row []byte) error {
			if isBlank(row) || row[0] == '#' {
				return nil
			}
			v, err := columnNumber(row, c.Column, c.Separator)
			if err != nil {
				return badRow(c.File, index, line, err)
			}
			m.add(v)
			return nil
		})
	})
	report.Rows = m.count
	if err != nil {
		return report, err
	}
	if m.count == 0 {
		return report, fallow.Errorf(fallow.CodeInvalid, "there is no number in %q of %d subjobs", c.File, report.Subjobs)
	}
	if _, err := io.WriteString(w, m.table()); err != nil {
		return report, fmt.Errorf("write statistics: %w", err)
	}
	return report, nil
}

func columnNumber(row []byte, n int, separator string) (float64, error) {
	text, err := column(row, n, separator)
	if err != nil {
		return 0, err
	}
	v, err := number(text)
	if err != nil {
		return 0, fmt.Errorf("column %d %w", n, err)
	}
	return v, nil
}

// badRow says what is wrong with a line of a subjob's file.
func badRow(name string, index, line int64, err error) error {
	return fallow.Errorf(fallow.CodeInvalid, "line %d of %q of subjob %d: %w", line, name, index, err).
		WithHint("check column and separator in collect, and what the program prints")
}

// moments are running statistics: mean and squared deviations by Welford's method
// ("Note on a Method for Calculating Corrected Sums of Squares and Products",
// Technometrics 4, 1962), the sum with Neumaier's compensation for rounding.
type moments struct {
	count      int64
	mean, m2   float64
	sum, carry float64
	min, max   float64
}

func (m *moments) add(v float64) {
	if m.count == 0 {
		m.min, m.max = v, v
	}
	m.count++
	m.min, m.max = min(m.min, v), max(m.max, v)
	delta := v - m.mean
	m.mean += delta / float64(m.count)
	m.m2 += delta * (v - m.mean)
	sum := m.sum + v
	if math.Abs(m.sum) >= math.Abs(v) {
		m.carry += (m.sum - sum) + v
	} else {
		m.carry += (v - sum) + m.sum
	}
	m.sum = sum
}

// deviation is the standard deviation of a sample; not a number for one value.
func (m *moments) deviation() float64 {
	if m.count < 2 {
		return math.NaN()
	}
	return math.Sqrt(m.m2 / float64(m.count-1))
}

// total is the sum. The compensation means nothing once the sum is infinite.
func (m *moments) total() float64 {
	if math.IsInf(m.sum, 0) || math.IsNaN(m.sum) {
		return m.sum
	}
	return m.sum + m.carry
}

func (m *moments) table() string {
	text := "count\tmean\tstddev\tstderr\tmin\tmax\tsum\n" + strconv.FormatInt(m.count, 10)
	deviation := m.deviation()
	for _, v := range []float64{m.mean, deviation, deviation / math.Sqrt(float64(m.count)), m.min, m.max, m.total()} {
		text += "\t" + strconv.FormatFloat(v, 'g', -1, 64)
	}
	return text + "\n"
}
