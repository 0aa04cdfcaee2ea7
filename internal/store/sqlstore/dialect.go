package sqlstore

import "github.com/pressly/goose/v3"

// Dialect is what differs between database engines.
type Dialect struct {
	Migrations goose.Dialect
	BeginRead  string // statement that begins a transaction which sees one consistent state
	BeginWrite string // statement that begins a serialisable transaction
	Writers    int    // write transactions at once
	Readers    int    // read transactions at once
	// Explain turns an error of the driver into one that says what to do. It
	// returns errors it does not know as they are.
	Explain func(error) error
}
