package sqlite_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"fallow/internal/store"
	"fallow/internal/store/sqlite"
	"fallow/internal/store/storetest"
)

func open(ctx context.Context, dir string) (store.Store, error) {
	return sqlite.Open(ctx, filepath.Join(dir, "fallow.db"))
}

func TestMain(m *testing.M) { os.Exit(storetest.Main(m, open)) }

func TestConformance(t *testing.T) { storetest.Run(t, open) }
