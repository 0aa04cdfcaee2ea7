package loader

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
)

// Limits on what is read of one object. No real object comes near.
const (
	maxSegments = 4096    // program headers
	maxDynamic  = 1 << 16 // entries of the dynamic section
	maxNeeded   = 4096    // libraries that one object names
	maxString   = 1 << 16 // bytes of a name or a search path
)

// Object is what the dynamic loader reads of an ELF file.
type Object struct {
	Type        elf.Type
	Machine     elf.Machine
	Class       elf.Class
	Interpreter string   // PT_INTERP: the loader that starts it; "" for a library or a static program
	Name        string   // DT_SONAME
	Needed      []string // DT_NEEDED, in order
	RPath       string   // DT_RPATH, unexpanded
	RunPath     string   // DT_RUNPATH, unexpanded
	PIE         bool     // DF_1_PIE: a program in the form of a library
	WritesCode  bool     // an executable stack or text relocations: cannot start under W^X
}

// ErrNotELF tells that a file is no ELF file at all.
var ErrNotELF = fmt.Errorf("not an ELF file")

// Read reads an object. It looks at the same headers as the loader, the program
// headers, so that stripped and packed files are read, too. The error is
// [ErrNotELF] or says what is broken.
func Read(file io.ReaderAt) (Object, error) {
	header, order, err := readHeader(file)
	if err != nil {
		return Object{}, err
	}
	o := Object{Type: elf.Type(header.Type), Machine: elf.Machine(header.Machine), Class: elf.ELFCLASS64}
	if elf.Class(header.Ident[elf.EI_CLASS]) != elf.ELFCLASS64 {
		o.Class = elf.Class(header.Ident[elf.EI_CLASS])
		return o, nil // nothing else is asked of a 32-bit file than to be named one
	}
	segments, err := readSegments(file, header, order)
	if err != nil {
		return o, err
	}
	for _, s := range segments {
		switch elf.ProgType(s.Type) {
		case elf.PT_INTERP:
			if o.Interpreter, err = readString(file, int64(s.Off), int64(s.Filesz)); err != nil {
				return o, fmt.Errorf("name of its loader: %w", err)
			}
		case elf.PT_GNU_STACK:
			o.WritesCode = o.WritesCode || elf.ProgFlag(s.Flags)&elf.PF_X != 0
		case elf.PT_DYNAMIC:
			if err = o.readDynamic(file, order, s, segments); err != nil {
				return o, err
			}
		}
	}
	return o, nil
}

func readHeader(file io.ReaderAt) (elf.Header64, binary.ByteOrder, error) {
	var header elf.Header64
	raw := make([]byte, binary.Size(header))
	if n, err := file.ReadAt(raw, 0); n < len(raw) {
		if err == io.EOF || err == nil {
			err = ErrNotELF
		}
		return header, nil, err
	}
	if !bytes.HasPrefix(raw, []byte(elf.ELFMAG)) {
		return header, nil, ErrNotELF
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if elf.Data(raw[elf.EI_DATA]) == elf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	_, err := binary.Decode(raw, order, &header)
	return header, order, err
}

func readSegments(file io.ReaderAt, header elf.Header64, order binary.ByteOrder) ([]elf.Prog64, error) {
	size := binary.Size(elf.Prog64{})
	if int(header.Phnum) > maxSegments || header.Phnum > 0 && int(header.Phentsize) != size {
		return nil, fmt.Errorf("broken ELF file: %d program headers of %d bytes", header.Phnum, header.Phentsize)
	}
	raw := make([]byte, int(header.Phnum)*size)
	if n, _ := file.ReadAt(raw, int64(header.Phoff)); n < len(raw) {
		return nil, fmt.Errorf("broken ELF file: program headers end early")
	}
	segments := make([]elf.Prog64, header.Phnum)
	if _, err := binary.Decode(raw, order, segments); err != nil {
		return nil, fmt.Errorf("program headers: %w", err)
	}
	return segments, nil
}

// readString reads a string that ends at its first NUL, or at limit.
func readString(file io.ReaderAt, offset, limit int64) (string, error) {
	if offset < 0 || limit <= 0 {
		return "", fmt.Errorf("broken ELF file: string at %d of %d bytes", offset, limit)
	}
	raw := make([]byte, 0, 256)
	for int64(len(raw)) < min(limit, maxString) {
		chunk := raw[len(raw):min(len(raw)+256, int(min(limit, maxString)), cap(raw))]
		n, err := file.ReadAt(chunk, offset+int64(len(raw)))
		if end := bytes.IndexByte(chunk[:n], 0); end >= 0 {
			return string(raw[:len(raw)+end]), nil
		}
		raw = raw[:len(raw)+n]
		if err != nil || n == 0 {
			break
		}
		raw = append(make([]byte, 0, 2*cap(raw)), raw...)
	}
	return "", fmt.Errorf("broken ELF file: string at %d never ends", offset)
}
