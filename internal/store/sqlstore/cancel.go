package sqlstore

import (
	"time"

	"fallow"
	"fallow/internal/store"
)

func (t *tx) CancelSubjobs(id fallow.JobID, _ time.Time) error {
	j, err := t.shortJob(id)
	if err != nil {
		return err
	}
	err = t.change(`UPDATE subjobs SET state = 'cancelled' WHERE job = $1 AND state = 'waiting'`, id)
	if err != nil {
		return err
	}
	if err := t.moveCounts(id, store.SubjobWaiting, store.SubjobCancelled, j.Counts.Waiting); err != nil {
		return err
	}
	return t.change(`UPDATE jobs SET next_index = total WHERE id = $1`, id)
}
