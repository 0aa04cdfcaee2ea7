package sqlstore

import (
	"time"

	"fallow"
	"fallow/internal/store"
)

func (t *tx) CancelSubjobs(id fallow.JobID, _ time.Time) error {
	j, err := t.jobRow(id)
	if err != nil {
		return err
	}
	j.move(store.SubjobWaiting, store.SubjobCancelled, j.Counts.Waiting)
	j.Next = j.Counts.Total
	return t.change(`UPDATE subjobs SET state = 'cancelled' WHERE job = $1 AND state = 'waiting'`, id)
}
