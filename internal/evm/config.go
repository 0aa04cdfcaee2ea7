package evm

import "log/slog"

// Config says how a desktop runs sandboxes.
type Config struct {
	Dir     string       // required: a directory for this Machine alone; made with mode 0700 if missing
	Init    string       // path of fallow-init; default the one that the agent carries
	HostUID int          // the host user and group as which sandboxes run when the agent is root; default [DefaultHostUID]
	Group   string       // the control group below which every run gets one; default "fallow-" and a digest of Dir
	Logger  *slog.Logger // told of what could not be tidied up; default none
}

// DefaultHostUID belongs to nobody: Debian, Fedora and systemd leave 64000 unused.
const DefaultHostUID = 64000
