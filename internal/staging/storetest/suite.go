package storetest

import (
	"testing"

	"fallow/internal/staging"
)

// Run runs the suite. open gives an empty store that the test's end cleans up.
func Run(t *testing.T, open func(t *testing.T) staging.Store) {
	for _, c := range []struct {
		name string
		run  func(t *testing.T, s staging.Store)
	}{
		{"a file comes back as it was put", comesBack},
		{"what is not there is not found", notFound},
		{"a file is put once", putOnce},
		{"an upload goes on where it stopped", goesOn},
		{"an upload goes on after an error", goesOnAfterError},
		{"a wrong offset is refused", wrongOffset},
		{"wrong content is refused and forgotten", wrongContent},
		{"a wrong part is found out at the end", wrongPart},
		{"too much content is refused and forgotten", tooMuch},
		{"impossible sizes are refused", impossibleSizes},
		{"a wrong size does not stand in the way", wrongSize},
		{"a deleted file is gone", deleted},
		{"a deleted part is gone", deletedPart},
		{"a context that ended stops a put", cancelled},
		{"writers of one file do not disturb each other", manyWriters},
		{"a file opened survives its deletion", openSurvives},
		{"any order of calls agrees with the model", model},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}
