package agent

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// bootID is where the kernel names its current boot (random(4)).
const bootID = "/proc/sys/kernel/random/boot_id"

// forgetTreesOfEarlierBoot removes laid-out bundles if the machine was booted since:
// they were never flushed to the disk, so that a power cut may have damaged them,
// which must not look like tampering.
func (c Config) forgetTreesOfEarlierBoot() error {
	boot, err := os.ReadFile(bootID)
	if err != nil {
		return fmt.Errorf("tell this boot of the machine from others: %w", err)
	}
	mark := filepath.Join(c.Dir, "boot")
	last, err := os.ReadFile(mark)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read the last boot: %w", err)
	}
	if bytes.Equal(last, boot) {
		return nil
	}
	if err := emptyFolder(c.treesDir()); err != nil {
		return err
	}
	return os.WriteFile(mark, boot, 0o600)
}
