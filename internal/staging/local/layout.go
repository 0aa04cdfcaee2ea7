package local

import (
	"fmt"
	"strings"

	"fallow"
)

const (
	partsDir   = "parts"
	partSuffix = ".part"
	// fanOut digits of a digest name the folder of a file.
	fanOut = 2
	// dirs is the number of folders of files.
	dirs = 256
)

// fileName is where a whole file lies, relative to the store's folder.
func fileName(d fallow.Digest) string {
	s := d.String()
	return s[:fanOut] + "/" + s[fanOut:]
}

// partName is where a part lies.
func partName(d fallow.Digest) string { return partsDir + "/" + d.String() + partSuffix }

// dirName names a folder of files, by the first byte of their digests.
func dirName(i int) string { return fmt.Sprintf("%02x", i) }

// parsePartName reads the last element of what [partName] writes.
func parsePartName(base string) (fallow.Digest, bool) {
	hex, ok := strings.CutSuffix(base, partSuffix)
	if !ok {
		return fallow.Digest{}, false
	}
	d, err := fallow.ParseDigest(hex)
	return d, err == nil
}
