package sqlstore

import (
	"fmt"

	"fallow"
	"fallow/internal/store"
)

const bundleColumns = `digest, name, version, signature, owner, created`

func scanBundle(r scanner) (b store.Bundle, err error) {
	var digest string
	var created int64
	if err := r.Scan(&digest, &b.Name, &b.Version, &b.Signature, &b.Owner, &created); err != nil {
		return b, err
	}
	b.Created = moment(created)
	return b, unhex("digest", digest, b.Digest[:])
}

func (t *tx) Bundle(digest fallow.Digest) (store.Bundle, error) {
	found, err := list(t, scanBundle, `SELECT `+bundleColumns+` FROM bundles WHERE digest = $1 ORDER BY owner LIMIT 1`, digest.String())
	if err == nil && len(found) == 0 {
		err = fallow.Errorf(fallow.CodeNotFound, "no bundle %s is registered", digest)
	}
	if err != nil {
		return store.Bundle{}, err
	}
	return found[0], nil
}

// bundleNamed is the latest of a name and, unless it is "", a version.
const bundleNamed = `SELECT ` + bundleColumns + ` FROM bundles WHERE name = $1 AND ($2 = '' OR version = $2)
	AND owner %s ORDER BY created DESC, digest LIMIT 1`

func (t *tx) BundleNamed(user, name, version string) (store.Bundle, error) {
	found, err := list(t, scanBundle, fmt.Sprintf(bundleNamed, `= $3`), name, version, user)
	if err == nil && len(found) == 0 {
		found, err = list(t, scanBundle, fmt.Sprintf(bundleNamed, `IN (SELECT name FROM users WHERE role IN ($3, $4))`),
			name, version, store.Operator, store.Administrator)
	}
	if err == nil && len(found) == 0 {
		err = noBundleNamed(name, version)
	}
	if err != nil {
		return store.Bundle{}, err
	}
	return found[0], nil
}

func noBundleNamed(name, version string) error {
	if version == "" {
		return fallow.Errorf(fallow.CodeNotFound, "no bundle named %q is registered", name)
	}
	return fallow.Errorf(fallow.CodeNotFound, "no bundle named %q of version %q is registered", name, version)
}

func (t *tx) PutBundle(b store.Bundle) error {
	return t.change(`INSERT INTO bundles (`+bundleColumns+`) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (digest, owner) DO UPDATE SET signature = excluded.signature, created = excluded.created`,
		b.Digest.String(), b.Name, b.Version, blob(b.Signature), b.Owner, nanos(b.Created))
}
