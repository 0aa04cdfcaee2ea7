//go:build !amd64 && !arm64

package seccomp

// nativeArch is unknown here; [Program] refuses.
const nativeArch = 0

var (
	allowed, refused [][]uint32
	setIDArchRules   []call
)
