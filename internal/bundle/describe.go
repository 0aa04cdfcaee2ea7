package bundle

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"fallow"
)

// shortDigest is how many digits of a digest are shown: enough to tell files apart
// by eye.
const shortDigest = 12

// Describe writes a manifest for people: what can be started, what it may do, and
// every file. The error is the writer's, or that of a signature that does not fit.
func Describe(w io.Writer, signed Signed) error {
	m, err := Parse(signed.Manifest)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	row := func(cells ...any) { fmt.Fprintln(table, cells...) } // errors are kept for Flush
	row("bundle\t" + strings.TrimSuffix(m.Name+"@"+m.Version, "@"))
	row("digest\t" + fallow.DigestOf(signed.Manifest).String())
	row("platform\t" + m.OS + "/" + m.Arch)
	row("profile\t" + describeProfile(m.Profile))
	row("signature\t" + describeSignature(signed))
	row("size\t" + fmt.Sprintf("%s in %d files", total(m), len(m.Files)))
	for _, e := range m.Entries {
		row("entry\t" + e.Name + "\t" + strings.Join(e.Argv, " "))
	}
	for _, s := range m.Systems {
		row("system\t" + s + "\tof the node, read-only")
	}
	for _, v := range m.Env {
		row("variable\t" + v)
	}
	for _, f := range m.Files {
		row(fmt.Sprintf("%s\t%s\t%s\t%s", describeKind(f), f.Path, fallow.Size(f.Size), f.Digest.String()[:shortDigest]))
	}
	for _, l := range m.Links {
		row("link\t" + l.Path + "\t-> " + l.Target)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return signed.Check()
}

func describeKind(f fallow.BundleFile) string {
	if f.Exec {
		return "program"
	}
	return "file"
}

func describeProfile(p fallow.Profile) string {
	if p == fallow.ProfileJIT {
		return "jit: may make code while it runs"
	}
	return "strict: runs the files below and makes no code"
}

func describeSignature(s Signed) string {
	switch {
	case s.Signature == nil && s.Author == nil:
		return "none"
	case s.Check() != nil:
		return "WRONG: not made for this manifest by this key"
	}
	return fmt.Sprintf("good, by key %x", []byte(s.Author))
}

func total(m fallow.Manifest) fallow.Size {
	var bytes int64
	for _, f := range m.Files {
		bytes += f.Size
	}
	return fallow.Size(bytes)
}
