package bundle_test

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fallow"
	"fallow/internal/bundle"
)

func sample() fallow.Manifest {
	file := func(p, content string, exec bool) fallow.BundleFile {
		return fallow.BundleFile{Path: p, Digest: fallow.DigestOf([]byte(content)), Size: int64(len(content)), Exec: exec}
	}
	return fallow.Manifest{
		Format: fallow.ManifestFormat, Name: "sample", Version: "1.0", OS: "linux", Arch: "amd64", Profile: fallow.ProfileStrict,
		Entries: []fallow.Entry{{Name: "a", Argv: []string{"/bin/a", "<&>"}}, {Name: "p", Argv: []string{"/usr/lib/python3.11/p"}}},
		Files:   []fallow.BundleFile{file("/app/ä.txt", "text", false), file("/usr/bin/a", "program", true)},
		Links:   []fallow.BundleLink{{Path: "/bin", Target: "usr/bin"}},
		Systems: []string{"/usr/lib/python3.11"},
		Env:     []string{"A=b=c"},
	}
}

func TestManifestHasOneForm(t *testing.T) {
	m := sample()
	text, err := bundle.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	got, err := bundle.Parse(text)
	if diff := cmp.Diff(m, got); err != nil || diff != "" {
		t.Fatalf("Parse: %v\n%s", err, diff)
	}
	canonical := string(text)
	for name, other := range map[string]string{
		"no end":        strings.TrimSuffix(canonical, "\n"),
		"more":          canonical + " ",
		"second":        canonical + canonical,
		"space":         strings.Replace(canonical, `,"os"`, `, "os"`, 1),
		"escape":        strings.Replace(canonical, "<&>", `\u003c&>`, 1),
		"case":          strings.Replace(canonical, `"os"`, `"OS"`, 1),
		"unknown field": strings.Replace(canonical, `"os"`, `"extra":1,"os"`, 1),
		"repeated":      strings.Replace(canonical, `"os":"linux"`, `"os":"linux","os":"linux"`, 1),
		"explicit zero": strings.Replace(canonical, `"size":4`, `"size":4,"exec":false`, 1),
		"upper digest":  strings.Replace(canonical, m.Files[0].Digest.String(), strings.ToUpper(m.Files[0].Digest.String()), 1),
		"number form":   strings.Replace(canonical, `"format":1`, `"format":1.0`, 1),
		"empty list":    strings.Replace(canonical, `,"env":["A=b=c"]`, `,"env":[]`, 1),
		"null":          "null\n",
		"nothing":       "",
	} {
		if other == canonical {
			t.Fatalf("%s: the case changes nothing", name)
		}
		if _, err := bundle.Parse([]byte(other)); fallow.CodeOf(err) != fallow.CodeInvalid {
			t.Errorf("%s: %v, want it refused", name, err)
		}
	}
}

func TestValidateRefuses(t *testing.T) {
	good := sample().Files[1]
	for name, test := range map[string]struct {
		change func(*fallow.Manifest)
		says   string
	}{
		"format":             {func(m *fallow.Manifest) { m.Format = 2 }, "format 2"},
		"name":               {func(m *fallow.Manifest) { m.Name = "../x" }, "not a name"},
		"version":            {func(m *fallow.Manifest) { m.Version = "1 2" }, "not a name"},
		"system kind":        {func(m *fallow.Manifest) { m.OS = "plan9" }, "plan9"},
		"architecture":       {func(m *fallow.Manifest) { m.Arch = "386" }, "386"},
		"profile":            {func(m *fallow.Manifest) { m.Profile = "lax" }, "lax"},
		"no entries":         {func(m *fallow.Manifest) { m.Entries = nil }, "no entries"},
		"same entries":       {func(m *fallow.Manifest) { m.Entries[1].Name = "a" }, "repeated"},
		"entry's name":       {func(m *fallow.Manifest) { m.Entries[0].Name = "a/b" }, "not a name"},
		"entry without file": {func(m *fallow.Manifest) { m.Entries[0].Argv[0] = "/bin/b" }, "no program"},
		"entry not exec":     {func(m *fallow.Manifest) { m.Entries[0].Argv[0] = "/app/ä.txt" }, "no program"},
		"entry without argv": {func(m *fallow.Manifest) { m.Entries[0].Argv = nil }, "0 words"},
		"entry's escape":     {func(m *fallow.Manifest) { m.Entries[0].Argv[1] = "\x1b[2J" }, "plain"},
		"order":              {func(m *fallow.Manifest) { m.Files[0], m.Files[1] = m.Files[1], m.Files[0] }, "order"},
		"twice":              {func(m *fallow.Manifest) { m.Files[0] = good }, "repeated"},
		"relative":           {func(m *fallow.Manifest) { m.Files[0].Path = "app" }, "absolute"},
		"climbing":           {func(m *fallow.Manifest) { m.Files[0].Path = "/app/../etc/x" }, "clean"},
		"root":               {func(m *fallow.Manifest) { m.Files[0].Path = "/" }, "absolute"},
		"not UTF-8":          {func(m *fallow.Manifest) { m.Files[0].Path = "/app/\xff" }, "plain"},
		"long name":          {func(m *fallow.Manifest) { m.Files[0].Path = "/app/" + strings.Repeat("x", 256) }, "255"},
		"negative size":      {func(m *fallow.Manifest) { m.Files[0].Size = -1 }, "size"},
		"two sizes":          {func(m *fallow.Manifest) { m.Files[0].Digest = m.Files[1].Digest }, "size"},
		"no digest":          {func(m *fallow.Manifest) { m.Files[0].Digest = fallow.Digest{} }, "digest"},
		"too big":            {func(m *fallow.Manifest) { m.Files[0].Size, m.Files[1].Size = 1<<62, 1<<62 }, "MaxBundleSize"},
		"too many":           {func(m *fallow.Manifest) { m.Links = make([]fallow.BundleLink, fallow.MaxBundleFiles) }, "MaxBundleFiles"},
		"below a file":       {func(m *fallow.Manifest) { m.Links = []fallow.BundleLink{{Path: "/usr/bin/a/b", Target: "x"}} }, "below"},
		"below a link":       {func(m *fallow.Manifest) { m.Links = append(m.Links, fallow.BundleLink{Path: "/bin/x", Target: "a"}) }, "below"},
		"below a system": {func(m *fallow.Manifest) {
			m.Links = append(m.Links, fallow.BundleLink{Path: "/usr/lib/python3.11/x", Target: "y"})
		}, "below"},
		"the sandbox's":     {func(m *fallow.Manifest) { m.Files[0].Path = "/proc/x" }, "sandbox"},
		"the sandbox's own": {func(m *fallow.Manifest) { m.Links[0].Path = "/etc/passwd" }, "sandbox"},
		"link out":          {func(m *fallow.Manifest) { m.Links[0].Target = "../x" }, "out of the sandbox"},
		"link out late": {func(m *fallow.Manifest) {
			m.Links = []fallow.BundleLink{{Path: "/a/b/c/d", Target: "/e"}, {Path: "/bin", Target: "/a/b/c/d/../../x"}}
		}, "out of the sandbox"},
		"link loop":        {func(m *fallow.Manifest) { m.Links[0].Target = "/bin" }, "never ends"},
		"link to naught":   {func(m *fallow.Manifest) { m.Links[0].Target = "" }, "no usable target"},
		"system at large":  {func(m *fallow.Manifest) { m.Systems = []string{"/home"} }, "nodes allow only"},
		"system all":       {func(m *fallow.Manifest) { m.Systems = []string{"/usr/lib"} }, "nodes allow only"},
		"system climbing":  {func(m *fallow.Manifest) { m.Systems = []string{"/usr/lib/../../root"} }, "clean"},
		"system order":     {func(m *fallow.Manifest) { m.Systems = []string{"/usr/share/x", "/usr/lib/x"} }, "order"},
		"system in system": {func(m *fallow.Manifest) { m.Systems = []string{"/usr/lib/x", "/usr/lib/x/y"} }, "below"},
		"variable":         {func(m *fallow.Manifest) { m.Env = []string{"1A=x"} }, "NAME=VALUE"},
		"variable twice":   {func(m *fallow.Manifest) { m.Env = []string{"A=1", "A=2"} }, "repeated"},
		"variable's lines": {func(m *fallow.Manifest) { m.Env = []string{"A=1\n2"} }, "NAME=VALUE"},
	} {
		t.Run(name, func(t *testing.T) {
			m := sample()
			test.change(&m)
			err := bundle.Validate(m)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("Validate: %v, want %q in it", err, test.says)
			}
		})
	}
}

func TestSignatureIsForThisManifestOnly(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public := key.Public().(ed25519.PublicKey)
	text, err := bundle.Marshal(sample())
	if err != nil {
		t.Fatal(err)
	}
	signature := bundle.Sign(key, text)
	if err := bundle.Verify(public, text, signature); err != nil {
		t.Error(err)
	}
	other := ed25519.NewKeyFromSeed([]byte(strings.Repeat("x", ed25519.SeedSize))).Public().(ed25519.PublicKey)
	for name, err := range map[string]error{
		"another manifest":  bundle.Verify(public, append(text, ' '), signature),
		"another key":       bundle.Verify(other, text, signature),
		"no key":            bundle.Verify(nil, text, signature),
		"no signature":      bundle.Verify(public, text, nil),
		"the text as it is": bundle.Verify(public, text, ed25519.Sign(key, text)),
	} {
		if fallow.CodeOf(err) != fallow.CodeTampered {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	text, err := bundle.Marshal(sample())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"format":1,"name":"x","os":"linux","arch":"amd64","profile":"jit","entries":[{"name":"x","argv":["/usr/lib/x/x"]}],"files":[],"systems":["/usr/lib/x"]}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := bundle.Parse(text)
		if err != nil {
			return
		}
		again, err := bundle.Marshal(m)
		if err != nil || string(again) != string(text) {
			t.Errorf("Marshal(Parse(%q)) = %q, %v", text, again, err)
		}
	})
}
