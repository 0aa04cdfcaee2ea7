package sqlstore

import "fallow/internal/store"

func scanAudit(r scanner) (e store.AuditEntry, err error) {
	var at int64
	err = r.Scan(&at, &e.Who, &e.What, &e.Thing, &e.Detail)
	e.Time = moment(at)
	return e, err
}

func (t *tx) AuditLog(limit int) ([]store.AuditEntry, error) {
	return list(t, scanAudit, `SELECT at, who, what, thing, detail FROM audit ORDER BY id DESC LIMIT $1`, limit)
}

func (t *tx) Audit(e store.AuditEntry) error {
	return t.change(`INSERT INTO audit (id, at, who, what, thing, detail)
		VALUES ((SELECT COALESCE(MAX(id), 0) + 1 FROM audit), $1, $2, $3, $4, $5)`,
		nanos(e.Time), e.Who, e.What, e.Thing, e.Detail)
}
