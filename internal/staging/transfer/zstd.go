package transfer

import (
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

const (
	// windowSize bounds how far back compressed content may refer, and thereby the
	// memory of one transfer at either end, in bytes.
	windowSize = 1 << 20
	// maxWindow bounds the window that is accepted from others, in bytes; it is
	// what RFC 8878, 3.1.1.1.2 asks decoders to support.
	maxWindow = 8 << 20
	// sampleSize is what is compressed of a file to see whether that pays, in bytes.
	sampleSize = 64 << 10
	// leastGain is the part of a sample, as a divisor, that must be saved: below a
	// quarter the processors of both ends are worth more than the bytes.
	leastGain = 4
)

// newEncoder makes a streaming compressor that uses no goroutines of its own: one
// core of two is enough for a transfer.
func newEncoder(w io.Writer) (*zstd.Encoder, error) {
	return zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(windowSize), zstd.WithLowerEncoderMem(true))
}

// newDecoder makes the inverse of [newEncoder]. How much comes out is bounded by
// whoever reads.
func newDecoder(r io.Reader) (*zstd.Decoder, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow),
		zstd.WithDecoderLowmem(true))
}

// pays tells whether content is worth compressing, by samples from its beginning
// and its middle: archives often begin with compressible headers.
func pays(r io.ReaderAt, span byteRange) (bool, error) {
	if span.length < sampleSize {
		return sampleShrinks(r, span)
	}
	for _, at := range []int64{span.offset, span.offset + (span.length-sampleSize)/2} {
		shrinks, err := sampleShrinks(r, byteRange{at, sampleSize})
		if shrinks || err != nil {
			return shrinks, err
		}
	}
	return false, nil
}

func sampleShrinks(r io.ReaderAt, span byteRange) (bool, error) {
	sample := make([]byte, span.length)
	if _, err := r.ReadAt(sample, span.offset); err != nil && err != io.EOF {
		return false, fmt.Errorf("read a sample: %w", err)
	}
	packed := zstd.EncodeTo(nil, sample)
	return len(packed) <= len(sample)-len(sample)/leastGain-1, nil
}

// seekPays does what [pays] does for content that can only be read in order, and
// leaves it at the span's beginning.
func seekPays(r io.ReadSeeker, span byteRange) (bool, error) {
	compress, err := pays(seekerAt{r}, span)
	if err != nil {
		return false, err
	}
	_, err = r.Seek(span.offset, io.SeekStart)
	return compress, err
}

// seekerAt reads at any place by seeking there, for one reader at a time.
type seekerAt struct {
	io.ReadSeeker
}

// ReadAt implements [io.ReaderAt].
func (s seekerAt) ReadAt(p []byte, at int64) (int, error) {
	if _, err := s.Seek(at, io.SeekStart); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(s, p)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	return n, err
}

// packer compresses what it reads, when it is read: no pipe and no goroutine.
type packer struct {
	src   io.Reader
	enc   *zstd.Encoder
	out   bytes.Buffer
	chunk []byte
	ended bool
}

func newPacker(src io.Reader) (*packer, error) {
	p := &packer{src: src, chunk: make([]byte, sampleSize)}
	var err error
	p.enc, err = newEncoder(&p.out)
	return p, err
}

// Read implements [io.Reader].
func (p *packer) Read(b []byte) (int, error) {
	for p.out.Len() == 0 && !p.ended {
		if err := p.step(); err != nil {
			return 0, err
		}
	}
	return p.out.Read(b)
}

// step compresses one chunk.
func (p *packer) step() error {
	n, err := p.src.Read(p.chunk)
	if _, werr := p.enc.Write(p.chunk[:n]); werr != nil {
		return werr
	}
	if err == io.EOF {
		p.ended = true
		return p.enc.Close()
	}
	return err
}
