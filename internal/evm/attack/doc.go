// Package attack holds the tests that attack a sandbox from within. Each probe is a
// small hostile act (probes/*.c); the tables of the tests say how each must end, in
// each profile, as root and as an ordinary user.
//
// A probe prints one line: "blocked ERRNO" when the kernel refused it, "through"
// when it succeeded, "absent" when this kernel doesn't have what it attacks.
package attack
