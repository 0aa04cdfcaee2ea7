package sqlstore

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"fallow"
	"fallow/internal/store"
)

func (t *tx) Lease(leases []store.Lease) error {
	sorted := slices.SortedFunc(slices.Values(leases), func(a, b store.Lease) int {
		x, y := a.Attempt.Subjob, b.Attempt.Subjob
		return cmp.Or(cmp.Compare(x.Job, y.Job), cmp.Compare(x.Index, y.Index))
	})
	for len(sorted) > 0 {
		job := sorted[0].Attempt.Subjob.Job
		n := slices.IndexFunc(sorted, func(l store.Lease) bool { return l.Attempt.Subjob.Job != job })
		if n < 0 {
			n = len(sorted)
		}
		if err := t.leaseOf(job, sorted[:n]); err != nil {
			return err
		}
		sorted = sorted[n:]
	}
	return nil
}

// leaseOf leases subjobs of one job, in order of index.
func (t *tx) leaseOf(id fallow.JobID, leases []store.Lease) error {
	j, err := t.jobRow(id)
	if err != nil {
		return err
	}
	if j.State != fallow.JobRunning {
		return fallow.Errorf(fallow.CodeConflict, "job %s is %s: its subjobs cannot be leased", id, j.State)
	}
	firstFresh, _ := slices.BinarySearchFunc(leases, j.Next, func(l store.Lease, next int64) int {
		return cmp.Compare(l.Attempt.Subjob.Index, next)
	})
	for _, l := range leases[:firstFresh] {
		if err := t.leaseAgain(l.Attempt); err != nil {
			return err
		}
	}
	if err := t.leaseFresh(j, leases[firstFresh:]); err != nil {
		return err
	}
	if err := t.insertLeases(leases); err != nil {
		return err
	}
	j.move(store.SubjobWaiting, store.SubjobRunning, int64(len(leases)))
	return nil
}

func (t *tx) leaseAgain(a fallow.AttemptID) error {
	n, err := t.exec(`UPDATE subjobs SET state = 'running', attempts = attempts + 1
		WHERE job = $1 AND idx = $2 AND state = 'waiting' AND attempts = $3 - 1`, a.Subjob.Job, a.Subjob.Index, a.Number)
	if err == nil && n == 0 {
		err = fallow.Errorf(fallow.CodeConflict, "attempt %s cannot be leased: subjob %s does not wait for it", a, a.Subjob)
	}
	return err
}

// leaseFresh gives their first row to subjobs that must be a run from j.Next on.
func (t *tx) leaseFresh(j *jobRow, leases []store.Lease) error {
	if len(leases) == 0 {
		return nil
	}
	for i, l := range leases {
		if a := l.Attempt; a.Subjob.Index != j.Next+int64(i) || a.Number != 1 || a.Subjob.Index >= j.Counts.Total {
			return fallow.Errorf(fallow.CodeConflict,
				"attempt %s cannot be leased: the next subjob of job %s is %d of %d, attempt 1", a, j.ID, j.Next+int64(i), j.Counts.Total)
		}
	}
	end := j.Next + int64(len(leases))
	err := t.change(`WITH RECURSIVE run (idx) AS (
			SELECT CAST($2 AS BIGINT) UNION ALL SELECT idx + 1 FROM run WHERE idx + 1 < $3)
		INSERT INTO subjobs (job, idx, state, attempts, reason, results, not_before, since)
		SELECT $1, idx, 'running', 1, '', 'null', 0, 0 FROM run`, j.ID, j.Next, end)
	j.Next = end
	return err
}

// rowsAtOnce are the numbers of rows for which there is a statement that inserts
// leases.
var rowsAtOnce = []int{64, 8, 1}

const leaseColumns = 6

var insertLeaseQueries = func() map[int]string {
	queries := map[int]string{}
	for _, rows := range rowsAtOnce {
		queries[rows] = `INSERT INTO leases (job, idx, number, node, started, expires) VALUES ` + placeholders(rows, leaseColumns)
	}
	return queries
}()

// placeholders gives "($1, $2), ($3, $4)" for two rows of two columns.
func placeholders(rows, columns int) string {
	var b strings.Builder
	for i := range rows * columns {
		switch {
		case i == 0:
			b.WriteString("($")
		case i%columns == 0:
			b.WriteString("), ($")
		default:
			b.WriteString(", $")
		}
		b.WriteString(strconv.Itoa(i + 1))
	}
	return b.String() + ")"
}

func (t *tx) insertLeases(leases []store.Lease) error {
	for _, rows := range rowsAtOnce {
		for len(leases) >= rows {
			args := make([]any, 0, rows*leaseColumns)
			for _, l := range leases[:rows] {
				a := l.Attempt
				args = append(args, a.Subjob.Job, a.Subjob.Index, a.Number, l.Node, nanos(l.Started), nanos(l.Expires))
			}
			if err := t.change(insertLeaseQueries[rows], args...); err != nil {
				return err
			}
			leases = leases[rows:]
		}
	}
	return nil
}
