package evm

import "log/slog"

// Config says how a desktop runs sandboxes.
type Config struct {
	Dir     string       // required: a directory for this Machine alone; made with mode 0700 if missing
	Init    string       // path of fallow-init; default the one that the agent carries
	HostUID int          // the host user and group as which sandboxes run when the agent is root; default [DefaultHostUID]
	Group   string       // the control group below which every run gets one; default "fallow-" and a digest of Dir
	Ahead   bool         // keep one sandbox vacant, ready for the next run: starts take about half the time, at the price of a process of some 3 MB
	Logger  *slog.Logger // told of what could not be tidied up; default none
}

// DefaultHostUID belongs to nobody: Debian, Fedora and systemd leave 64000 unused.
const DefaultHostUID = 64000
