package agent

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTreesOfAnEarlierBootAreForgotten(t *testing.T) {
	c := Config{Dir: t.TempDir()}
	laid := filepath.Join(c.treesDir(), "laid")
	lay := func() {
		if err := os.MkdirAll(laid, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	forget := func() bool {
		if err := c.forgetTreesOfEarlierBoot(); err != nil {
			t.Fatal(err)
		}
		_, err := os.Stat(laid)
		return err != nil
	}
	lay()
	if !forget() {
		t.Error("a tree of an unknown boot was kept")
	}
	lay()
	if forget() {
		t.Error("a tree of this boot was forgotten")
	}
	if err := os.WriteFile(filepath.Join(c.Dir, "boot"), []byte("another\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if !forget() {
		t.Error("a tree of another boot was kept")
	}
}
