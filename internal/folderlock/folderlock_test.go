package folderlock_test

import (
	"testing"

	"fallow"
	"fallow/internal/folderlock"
)

func TestSecondIsKeptOut(t *testing.T) {
	dir := t.TempDir()
	first, err := folderlock.Take(dir, "server")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := folderlock.Take(dir, "server"); fallow.CodeOf(err) != fallow.CodeConflict || fallow.HintOf(err) == "" {
		t.Errorf("second taker got %v, want a conflict with a hint", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := folderlock.Take(dir, "server")
	if err != nil {
		t.Fatalf("after the first let go: %v", err)
	}
	again.Close()
}
