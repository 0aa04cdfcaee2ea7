package seccomp

import u "golang.org/x/sys/unix"

const nativeArch = u.AUDIT_ARCH_AARCH64

// arm64 came late and has no calls of its own.
var archAllowed, archRefused []uint32

var setIDArchRules []call
