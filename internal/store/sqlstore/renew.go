package sqlstore

import (
	"time"

	"fallow"
)

func (t *tx) Renew(node fallow.NodeID, attempts []fallow.AttemptID, until time.Time) (gone []fallow.AttemptID, err error) {
	for _, a := range attempts {
		n, err := t.exec(`UPDATE leases SET expires = $1 WHERE job = $2 AND idx = $3 AND number = $4 AND node = $5`,
			nanos(until), a.Subjob.Job, a.Subjob.Index, a.Number, node)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			gone = append(gone, a)
		}
	}
	return gone, nil
}
