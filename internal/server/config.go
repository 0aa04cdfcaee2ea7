package server

import (
	"log/slog"
	"path/filepath"
	"time"

	"fallow"
)

// Config says how a server runs.
type Config struct {
	Dir     string       // required: folder of its state, made if it is not there
	Listen  string       // required: address and port, such as ":7443"
	Hosts   []string     // names and addresses by which others reach it; local ones are added
	Version string       // of the program
	MinFree fallow.Size  // space that must stay free in Dir's file system; 0 means the file store's default
	Log     *slog.Logger // required
	Now     func() time.Time
}

func (c Config) database() string  { return filepath.Join(c.Dir, "fallow.db") }
func (c Config) files() string     { return filepath.Join(c.Dir, "files") }
func (c Config) authority() string { return filepath.Join(c.Dir, "authority") }
func (c Config) temp() string      { return filepath.Join(c.Dir, "temp") }
