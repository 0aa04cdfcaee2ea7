package jobfile

import (
	"fmt"
	"io"
	"os"

	"fallow"
	"fallow/internal/jobs/split"
)

// Plan is a job ready to be sent: what the server is told, and the files that it
// must have.
type Plan struct {
	Spec    fallow.JobSpec // without its bundle
	Subjobs int64
	Files   []LocalFile // each digest once

	temp string
}

// Close removes the temporary files among Files.
func (p *Plan) Close() error {
	if err := os.RemoveAll(p.temp); err != nil {
		return fmt.Errorf("remove temporary files: %w", err)
	}
	return nil
}

// LocalFile is a file of this machine that the store needs. Its Path is where it
// lies, its digest and size are those of what Open gives.
type LocalFile struct {
	fallow.FileRef
	unpack bool // the content is what the file unpacks to
}

// Open gives the content, unpacked where the job file asked to split a compressed
// file. It can be opened any number of times.
func (f LocalFile) Open() (io.ReadCloser, error) {
	file, err := os.Open(f.Path)
	if err != nil {
		return nil, fmt.Errorf("open a file of the job: %w", err)
	}
	if !f.unpack {
		return file, nil
	}
	unpacked, err := split.Decompress(f.Path, file)
	if err != nil {
		_ = file.Close() // it was only read
		return nil, err
	}
	return unpacked, nil
}
