package agent

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"connectrpc.com/connect"
	"golang.org/x/sync/errgroup"

	"fallow"
	"fallow/internal/agent/inventory"
	"fallow/internal/bundle/tree"
	"fallow/internal/evm"
	"fallow/internal/evm/features"
	"fallow/internal/nodes/keys"
	"fallow/internal/nodes/pin"
	"fallow/internal/nodes/sign"
	"fallow/internal/rpc"
	"fallow/internal/rpc/fallowv1/fallowv1connect"
	"fallow/internal/staging/cache"
	"fallow/internal/staging/transfer"
)

// Agent is a node's daemon.
type Agent struct {
	config    Config
	identity  keys.Identity
	inventory fallow.Inventory
	http      *http.Client
	node      fallowv1connect.NodeServiceClient
	files     *transfer.Client
	cache     *cache.Cache
	trees     *trees
	machine   *evm.Machine
	slots     *slots
	running   *running
}

// Open prepares an agent on a machine that has joined a grid (see [Join]). What an
// earlier process left behind is removed.
func Open(ctx context.Context, c Config) (*Agent, error) {
	var err error
	if c.Dir, err = filepath.Abs(c.Dir); err != nil {
		return nil, fmt.Errorf("find the state folder: %w", err)
	}
	identity, err := keys.Load(c.IdentityDir())
	if err != nil {
		return nil, err
	}
	for _, dir := range []string{c.attemptsDir(), c.treesDir()} {
		if err := makePrivate(dir); err != nil {
			return nil, err
		}
	}
	if err := c.forgetTreesOfEarlierBoot(); err != nil {
		return nil, err
	}
	client, err := signedClient(c, identity)
	if err != nil {
		return nil, err
	}
	files := &transfer.Client{HTTP: client, Base: identity.Server}
	held, err := cache.Open(c.cacheDir(), c.cacheLimit(), files)
	if err != nil {
		return nil, err
	}
	machine, err := evm.Open(evm.Config{Dir: c.machineDir(), Init: c.Init, Ahead: true, Logger: c.Log})
	if err != nil {
		return nil, errors.Join(err, held.Close())
	}
	a := &Agent{
		config:   c,
		identity: identity,
		http:     client,
		node:     nodeClient(client, identity.Server),
		files:    files,
		cache:    held,
		machine:  machine,
		trees:    &trees{dir: c.treesDir(), checker: &tree.Checker{}},
		running:  newRunning(),
	}
	held.OnTampered = func(d fallow.Digest, err error) {
		c.Log.Warn("a cached file was damaged and is fetched again", "file", d, "error", err)
	}
	if err := a.takeStock(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// takeStock measures the machine and clears what an earlier process left.
func (a *Agent) takeStock(ctx context.Context) (err error) {
	if err := emptyFolder(a.config.attemptsDir()); err != nil {
		return err
	}
	if err := a.trees.sweep(); err != nil {
		return err
	}
	if a.inventory, err = measure(ctx, a.config); err != nil {
		return err
	}
	a.slots = newSlots(fallow.Resources{
		Cores: a.inventory.Cores, Memory: a.inventory.Memory, Disk: a.inventory.Disk,
	})
	return nil
}

// measure makes the inventory, within what the owner allows.
func measure(ctx context.Context, c Config) (fallow.Inventory, error) {
	inv, err := inventory.Measure(ctx, inventory.Options{
		StateDir:      c.Dir,
		Version:       c.Version,
		Features:      featureNames(),
		MaxCores:      c.Cores,
		ReserveMemory: inventory.DefaultReserveMemory,
		ReserveDisk:   inventory.DefaultReserveDisk,
	})
	if c.Memory > 0 {
		inv.Memory = min(inv.Memory, c.Memory)
	}
	return inv, err
}

// makePrivate makes a folder that other users of the machine cannot look into: what
// lies below has modes of its own, for the sandbox's user.
func makePrivate(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make state folder: %w", err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return fmt.Errorf("close folder %q to others: %w", dir, err)
	}
	return nil
}

func featureNames() []string {
	var names []string
	for _, f := range features.Probe() {
		if f.Status == features.OK {
			names = append(names, f.Name)
		}
	}
	return names
}

// signedClient speaks to the server with the node's certificate and signs every
// request.
func signedClient(c Config, identity keys.Identity) (*http.Client, error) {
	options := c.reach()
	options.Certificate = identity.TLSCertificate()
	transport, err := pin.Transport(identity.Server, []byte(identity.Authority), options)
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: sign.NewTransport(identity.Key, transport, time.Now)}, nil
}

func nodeClient(client *http.Client, server string) fallowv1connect.NodeServiceClient {
	return fallowv1connect.NewNodeServiceClient(client, server,
		connect.WithInterceptors(rpc.TranslateErrors()),
		connect.WithReadMaxBytes(int(fallow.MaxMessage)),
	)
}

// Inventory is what the agent told the server about the machine.
func (a *Agent) Inventory() fallow.Inventory { return a.inventory }

// Run works until ctx ends or the grid bans the node. Attempts under way are ended
// then.
func (a *Agent) Run(ctx context.Context) error {
	if err := a.announce(ctx); err != nil {
		return unlessOver(ctx, err)
	}
	a.config.Log.Info("ready for work", "node", a.identity.Node(), "server", a.identity.Server, "cores", a.inventory.Cores)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return a.heartbeatLoop(ctx) })
	group.Go(func() error { return a.watchLoop(ctx) })
	group.Go(func() error { return a.leaseLoop(ctx) })
	return group.Wait()
}

// unlessOver is no error when ctx ended: the agent was asked to stop.
func unlessOver(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// Close gives back what [Open] took. Run must have returned.
func (a *Agent) Close() error {
	a.http.CloseIdleConnections()
	return errors.Join(a.machine.Close(), a.cache.Close())
}
