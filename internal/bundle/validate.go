package bundle

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"fallow"
)

// The limits of a manifest's small lists and texts.
const (
	// MaxEntries bounds the entries of a bundle.
	MaxEntries = 256
	// MaxSystems bounds its systems.
	MaxSystems = 64
	// MaxEnv bounds its environment variables.
	MaxEnv = 64
	// MaxPath bounds a path in bytes, as Linux does (PATH_MAX with its final NUL).
	MaxPath = 4095
	// MaxWord bounds a word of an entry's argv or a variable, in bytes.
	MaxWord = 16 << 10
)

var (
	namePattern     = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._+@-]{0,127}$`)
	variablePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}=`)
)

// architectures are those for which there is a sandbox, as GOARCH names them.
var architectures = []string{"amd64", "arm64"}

// Validate checks all that a manifest promises to its reader: known format,
// platform and profile; entries that name a program of the bundle; sorted, clean,
// absolute, distinct paths of which none is below a file or a link, or below
// a directory that belongs to the node or the sandbox; links that stay inside; and
// every limit.
func Validate(m fallow.Manifest) error {
	for _, check := range []func(fallow.Manifest) error{
		checkHead, checkSystems, checkFiles, checkLinks, checkPlaces, checkEntries, checkEnv,
	} {
		if err := check(m); err != nil {
			return err
		}
	}
	return nil
}

func checkHead(m fallow.Manifest) error {
	switch {
	case m.Format != fallow.ManifestFormat:
		return invalid("manifest format %d is unknown, this program knows %d", m.Format, fallow.ManifestFormat)
	case !namePattern.MatchString(m.Name):
		return invalid("bundle name %q is not a name (letters, digits and ._+@-, up to 128)", m.Name)
	case m.Version != "" && !namePattern.MatchString(m.Version):
		return invalid("version %q of bundle %q is not a name (letters, digits and ._+@-, up to 128)", m.Version, m.Name)
	case m.OS != "linux":
		return invalid("bundle %q is for system %q, only linux is known", m.Name, m.OS)
	case !slices.Contains(architectures, m.Arch):
		return invalid("bundle %q is for architecture %q, known are %s", m.Name, m.Arch, strings.Join(architectures, " and "))
	case m.Profile != fallow.ProfileStrict && m.Profile != fallow.ProfileJIT:
		return invalid("bundle %q asks for profile %q, known are strict and jit", m.Name, m.Profile)
	}
	return nil
}

func checkFiles(m fallow.Manifest) error {
	if n := len(m.Files) + len(m.Links); n > fallow.MaxBundleFiles {
		return fallow.Errorf(fallow.CodeLimit, "bundle %q has %d files, MaxBundleFiles allows %d", m.Name, n, fallow.MaxBundleFiles)
	}
	var total int64
	sizes := make(map[fallow.Digest]int64, len(m.Files))
	for i, f := range m.Files {
		if err := checkPath(f.Path); err != nil {
			return err
		}
		if i > 0 && m.Files[i-1].Path >= f.Path {
			return invalid("file %q of bundle %q is repeated or out of order", f.Path, m.Name)
		}
		if known, ok := sizes[f.Digest]; f.Size < 0 || ok && known != f.Size || f.Digest.IsZero() {
			return invalid("file %q of bundle %q has no believable size and digest", f.Path, m.Name)
		}
		sizes[f.Digest] = f.Size
		// Compared before it is added, so that no sum overflows.
		if f.Size > int64(fallow.MaxBundleSize)-total {
			return fallow.Errorf(fallow.CodeLimit, "bundle %q has more bytes than MaxBundleSize allows, %s", m.Name, fallow.MaxBundleSize)
		}
		total += f.Size
	}
	return nil
}

func checkEnv(m fallow.Manifest) error {
	if len(m.Env) > MaxEnv {
		return fallow.Errorf(fallow.CodeLimit, "bundle %q has %d variables, MaxEnv allows %d", m.Name, len(m.Env), MaxEnv)
	}
	seen := map[string]bool{}
	for _, variable := range m.Env {
		name, _, _ := strings.Cut(variable, "=")
		if !variablePattern.MatchString(variable) || !plain(variable) || len(variable) > MaxWord || seen[name] {
			return invalid("variable %q of bundle %q is not NAME=VALUE, or repeated", variable, m.Name)
		}
		seen[name] = true
	}
	return nil
}

// plain tells whether text can be shown and encoded as it is: UTF-8 without control
// characters. JSON would change the rest.
func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

func invalid(format string, args ...any) *fallow.Error {
	return fallow.Errorf(fallow.CodeInvalid, format, args...)
}
