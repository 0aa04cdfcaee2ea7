package loader

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
)

// df1PIE is DF_1_PIE of the dynamic flags.
const df1PIE = uint64(elf.DF_1_PIE)

// readDynamic reads what PT_DYNAMIC says about libraries. Its strings are in a
// table at an address, which the loaded segments turn into a place in the file.
func (o *Object) readDynamic(file io.ReaderAt, order binary.ByteOrder, s elf.Prog64, segments []elf.Prog64) error {
	entries, err := readEntries(file, order, s)
	if err != nil {
		return err
	}
	var table uint64
	size := int64(maxString)
	for _, e := range entries {
		switch elf.DynTag(e.Tag) {
		case elf.DT_STRTAB:
			table = e.Val
		case elf.DT_STRSZ:
			size = int64(min(e.Val, 1<<40))
		case elf.DT_TEXTREL:
			o.WritesCode = true
		case elf.DT_FLAGS:
			o.WritesCode = o.WritesCode || elf.DynFlag(e.Val)&elf.DF_TEXTREL != 0
		case elf.DT_FLAGS_1:
			o.PIE = e.Val&df1PIE != 0
		}
	}
	start, mapped := fileOffset(segments, table)
	for _, e := range entries {
		target, list := o.field(elf.DynTag(e.Tag))
		if target == nil && list == nil {
			continue
		}
		if !mapped || e.Val >= uint64(size) || len(o.Needed) >= maxNeeded {
			return fmt.Errorf("broken ELF file: its table of names is not in it")
		}
		text, err := readString(file, start+int64(e.Val), size-int64(e.Val))
		if err != nil {
			return err
		}
		if list != nil {
			*list = append(*list, text)
			continue
		}
		*target = text
	}
	return nil
}

// field gives where the name under a tag belongs: nowhere, to one field, or to a
// list.
func (o *Object) field(tag elf.DynTag) (*string, *[]string) {
	switch tag {
	case elf.DT_NEEDED, elf.DynTag(elf.DT_FILTER):
		return nil, &o.Needed
	case elf.DT_SONAME:
		return &o.Name, nil
	case elf.DT_RPATH:
		return &o.RPath, nil
	case elf.DT_RUNPATH:
		return &o.RunPath, nil
	}
	return nil, nil
}

func readEntries(file io.ReaderAt, order binary.ByteOrder, s elf.Prog64) ([]elf.Dyn64, error) {
	size := uint64(binary.Size(elf.Dyn64{}))
	count := min(s.Filesz/size, maxDynamic)
	raw := make([]byte, count*size)
	if n, _ := file.ReadAt(raw, int64(s.Off)); n < len(raw) {
		return nil, fmt.Errorf("broken ELF file: dynamic section ends early")
	}
	entries := make([]elf.Dyn64, count)
	if _, err := binary.Decode(raw, order, entries); err != nil {
		return nil, fmt.Errorf("dynamic section: %w", err)
	}
	for i, e := range entries {
		if elf.DynTag(e.Tag) == elf.DT_NULL {
			return entries[:i], nil
		}
	}
	return entries, nil
}

// fileOffset finds the place in the file that is loaded at an address.
func fileOffset(segments []elf.Prog64, address uint64) (int64, bool) {
	for _, s := range segments {
		if elf.ProgType(s.Type) == elf.PT_LOAD && address >= s.Vaddr && address-s.Vaddr < s.Filesz {
			offset := s.Off + address - s.Vaddr
			return int64(offset), offset < 1<<62
		}
	}
	return 0, false
}
