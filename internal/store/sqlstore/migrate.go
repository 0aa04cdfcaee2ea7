package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"fallow"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the tables to the version that this code knows. A database of a
// later version is refused: this code could not keep its promises.
func migrate(ctx context.Context, db *sql.DB, d Dialect) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(d.Migrations, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	have, known, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the database's version: %w", d.Explain(err))
	}
	if have > known {
		return fallow.Errorf(fallow.CodeUnsupported,
			"the database has version %d, this program knows versions up to %d", have, known).
			WithHint("it was used by a newer fallow: install that one again, or restore a backup from before")
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bring the database from version %d to %d: %w", have, known, d.Explain(err))
	}
	return nil
}
