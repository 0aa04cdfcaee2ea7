// Package version tells which version of Fallow this program is.
package version

import "runtime/debug"

// development is the version of a program built from a working tree.
const development = "development"

// String gives the version that the Go tool noted at the build.
func String() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return development
	}
	return info.Main.Version
}
