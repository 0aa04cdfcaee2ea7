package sqlstore

import (
	"fallow"
	"fallow/internal/store"
)

// moveQuery moves n subjobs of a job between the counts of two states. A state
// that is neither keeps its count.
const moveQuery = `UPDATE jobs SET
	waiting   = waiting   + CASE $3 WHEN 'waiting'   THEN $4 ELSE 0 END - CASE $2 WHEN 'waiting'   THEN $4 ELSE 0 END,
	running   = running   + CASE $3 WHEN 'running'   THEN $4 ELSE 0 END - CASE $2 WHEN 'running'   THEN $4 ELSE 0 END,
	succeeded = succeeded + CASE $3 WHEN 'succeeded' THEN $4 ELSE 0 END - CASE $2 WHEN 'succeeded' THEN $4 ELSE 0 END,
	failed    = failed    + CASE $3 WHEN 'failed'    THEN $4 ELSE 0 END - CASE $2 WHEN 'failed'    THEN $4 ELSE 0 END,
	cancelled = cancelled + CASE $3 WHEN 'cancelled' THEN $4 ELSE 0 END - CASE $2 WHEN 'cancelled' THEN $4 ELSE 0 END
	WHERE id = $1`

func (t *tx) moveCounts(job fallow.JobID, from, to store.SubjobState, n int64) error {
	changed, err := t.exec(moveQuery, job, from, to, n)
	if err == nil && changed == 0 {
		err = noJob(job)
	}
	return err
}
