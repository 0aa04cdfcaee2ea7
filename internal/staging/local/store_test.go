package local_test

import (
	"testing"

	"fallow/internal/staging"
	"fallow/internal/staging/local"
	"fallow/internal/staging/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) staging.Store { return open(t, t.TempDir()) })
}

func open(t *testing.T, dir string) *local.Store {
	t.Helper()
	s, err := local.Open(dir, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}
