package result

import "fallow"

const (
	// MaxDepth bounds folders within folders.
	MaxDepth = 64
	// MaxEntries bounds all names in the folder, whether they match or not.
	MaxEntries = 10 * fallow.MaxResultFiles
)

// Limits bound what one attempt may return. Zero values mean the defaults.
type Limits struct {
	Files  int         // results; default fallow.MaxResultFiles
	Output fallow.Size // bytes of all results together; default fallow.DefaultOutput
}

func (l Limits) withDefaults() Limits {
	if l.Files == 0 {
		l.Files = fallow.MaxResultFiles
	}
	if l.Output == 0 {
		l.Output = fallow.DefaultOutput
	}
	return l
}

// budget is what is left of the limits.
type budget struct {
	limits  Limits
	entries int
	files   int
	bytes   int64
}

func (b *budget) addEntry() error {
	b.entries++
	if b.entries > MaxEntries {
		return fallow.Errorf(fallow.CodeLimit, "result entries: the folder of results has more than %d names", MaxEntries)
	}
	return nil
}

func (b *budget) addFile(name string) error {
	b.files++
	if b.files > b.limits.Files {
		return fallow.Errorf(fallow.CodeLimit, "result files: %q is one more than the limit of %d", name, b.limits.Files).
			WithHint("pack results into one file, or collect only those that the job needs")
	}
	return nil
}

func (b *budget) addBytes(name string, size int64) error {
	if size > int64(b.limits.Output)-b.bytes {
		return fallow.Errorf(fallow.CodeLimit, "output: with %q (%s) the results are more than the limit of %s",
			name, fallow.Size(size), b.limits.Output).
			WithHint("ask for more under needs.output in the job file, or collect only what the job needs")
	}
	b.bytes += size
	return nil
}
