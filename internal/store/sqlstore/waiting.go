package sqlstore

import (
	"database/sql"
	"slices"
	"time"

	"fallow"
	"fallow/internal/store"
)

// maxAvoid bounds the attempts of a waiting subjob that are looked at for
// [store.Waiting.Avoid]: the latest ones.
const maxAvoid = 16

// waitingQuery takes the subjobs that have been ready longest, with one row for
// each node to avoid.
const waitingQuery = `SELECT w.idx, w.attempts, w.since, a.node
	FROM (SELECT job, idx, attempts, since FROM subjobs
		WHERE job = $1 AND state = 'waiting' AND not_before <= $2
		ORDER BY not_before, idx LIMIT $3) w
	LEFT JOIN attempts a ON a.job = w.job AND a.idx = w.idx AND a.number > w.attempts - $4 AND a.kind <> 'cancelled'
	ORDER BY w.idx, a.number`

type waitingRow struct {
	store.Waiting
	node sql.NullString
}

func scanWaiting(r scanner) (w waitingRow, err error) {
	var since int64
	err = r.Scan(&w.Index, &w.Attempts, &since, &w.node)
	w.Since = moment(since)
	return w, err
}

func (t *tx) waiting(job fallow.JobID, now time.Time, limit int) ([]store.Waiting, error) {
	rows, err := list(t, scanWaiting, waitingQuery, job, nanos(now), limit, maxAvoid)
	if err != nil {
		return nil, err
	}
	var all []store.Waiting
	for _, r := range rows {
		if len(all) == 0 || all[len(all)-1].Index != r.Index {
			all = append(all, r.Waiting)
		}
		last := &all[len(all)-1]
		if node := fallow.NodeID(r.node.String); r.node.Valid && !slices.Contains(last.Avoid, node) {
			last.Avoid = append(last.Avoid, node)
		}
	}
	return all, nil
}
