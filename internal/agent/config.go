package agent

import (
	"log/slog"
	"path/filepath"

	"fallow"
	"fallow/internal/nodes/pin"
)

// Config says how an agent runs.
type Config struct {
	Dir     string       // required: folder of its state, made if it is not there
	Version string       // of the program
	Cores   int          // cores it may use; 0 means all
	Memory  fallow.Size  // memory it may use; 0 means what inventory finds
	Cache   fallow.Size  // bound of the file cache; 0 means DefaultCache
	Init    string       // path of fallow-init; "" means the one carried inside
	Proxy   string       // URL of the proxy to the server; "" means what the environment says
	ExtraCA []byte       // certificate, PEM, of a proxy that inspects TLS; see package pin
	Log     *slog.Logger // required
}

// DefaultCache bounds the file cache.
const DefaultCache = 20 * fallow.GiB

// IdentityDir is the folder of the node's identity.
func (c Config) IdentityDir() string { return filepath.Join(c.Dir, "identity") }

func (c Config) cacheDir() string    { return filepath.Join(c.Dir, "cache") }
func (c Config) treesDir() string    { return filepath.Join(c.Dir, "trees") }
func (c Config) attemptsDir() string { return filepath.Join(c.Dir, "attempts") }
func (c Config) machineDir() string  { return filepath.Join(c.Dir, "evm") }

// reach says how to get to the server.
func (c Config) reach() pin.Options { return pin.Options{Proxy: c.Proxy, ExtraCA: c.ExtraCA} }

func (c Config) cacheLimit() fallow.Size {
	if c.Cache == 0 {
		return DefaultCache
	}
	return c.Cache
}
