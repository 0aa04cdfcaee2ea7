package initproc

import (
	"errors"
	"io/fs"
	"os"
)

// stocks is where a user namespace's shares of what its user may have of the kernel
// are set, namespaces(7) and inotify(7).
const stocks = "/proc/sys/user/"

// shares are what a sandbox may take of each: what it has is taken from the host's
// user too, who should not notice.
var shares = []struct{ name, most string }{
	{"max_user_namespaces", "0"}, // the second lock; seccomp is the first
	{"max_inotify_instances", "16"},
	{"max_inotify_watches", "1024"},
	{"max_fanotify_groups", "0"},
	{"max_fanotify_marks", "0"},
}

// limitStocks sets the sandbox's shares. A kernel without one of them has none of
// what it bounds.
func (s *sandbox) limitStocks() {
	for _, share := range shares {
		err := os.WriteFile(stocks+share.name, []byte(share.most), 0)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.note("%s of the sandbox can't be set to %s (%v)", share.name, share.most, err)
		}
	}
}
