package bundle

import (
	"bytes"
	"encoding/json"

	"fallow"
)

// Marshal gives the canonical bytes of a manifest: one JSON object with the fields
// in the order in which [fallow.Manifest] declares them, no space between tokens,
// "<", ">" and "&" unescaped, absent where empty if the field may be, and one
// newline at the end. The lists are sorted as [Validate] asks. Equal manifests have
// equal bytes and the other way round, so that the digest of the bytes names the
// bundle. The error is Validate's.
func Marshal(m fallow.Manifest) ([]byte, error) {
	if err := Validate(m); err != nil {
		return nil, err
	}
	text, err := encode(m)
	if err != nil {
		return nil, fallow.Errorf(fallow.CodeInternal, "encode the manifest of bundle %q: %w", m.Name, err)
	}
	if len(text) > int(fallow.MaxManifest) {
		return nil, fallow.Errorf(fallow.CodeLimit, "the manifest of bundle %q has %d bytes, MaxManifest allows %s",
			m.Name, len(text), fallow.MaxManifest)
	}
	return text, nil
}

// Parse reads the canonical bytes of a manifest and nothing else: unknown or
// repeated fields, another order, spaces, or a manifest that [Validate] refuses are
// errors of code [fallow.CodeInvalid] (or [fallow.CodeLimit]).
func Parse(text []byte) (fallow.Manifest, error) {
	if len(text) > int(fallow.MaxManifest) {
		return fallow.Manifest{}, fallow.Errorf(fallow.CodeLimit, "a manifest of %d bytes is more than MaxManifest allows, %s",
			len(text), fallow.MaxManifest)
	}
	var m fallow.Manifest
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil {
		return fallow.Manifest{}, fallow.Errorf(fallow.CodeInvalid, "this is no bundle manifest: %w", err)
	}
	if err := Validate(m); err != nil {
		return fallow.Manifest{}, err
	}
	// Whatever the decoder forgives, the canonical bytes differ from what came.
	if again, err := encode(m); err != nil || !bytes.Equal(again, text) {
		return fallow.Manifest{}, fallow.Errorf(fallow.CodeInvalid, "the manifest of bundle %q is not in canonical form", m.Name).
			WithHint("make bundles with 'fallow wrap'; an edited manifest is another bundle")
	}
	return m, nil
}

func encode(m fallow.Manifest) ([]byte, error) {
	if m.Files == nil {
		m.Files = []fallow.BundleFile{}
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(m); err != nil {
		return nil, err
	}
	return text.Bytes(), nil
}
