package inventory

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"fallow"
)

// Options say what to measure and what to leave to the desktop's owner.
type Options struct {
	StateDir      string      // required: the agent's; its disk is measured, and the speed kept there
	Version       string      // of the agent
	Features      []string    // of the kernel, as 'fallow doctor' names them
	MaxCores      int         // that the grid may use; 0 means all
	ReserveMemory fallow.Size // kept from the grid; see DefaultReserveMemory
	ReserveDisk   fallow.Size // kept from the grid; see DefaultReserveDisk
}

// The reserves of a desktop whose owner did not say otherwise.
const (
	DefaultReserveMemory = 1 * fallow.GiB
	DefaultReserveDisk   = 5 * fallow.GiB
)

// maxProcFile bounds what is read of a file of the kernel's. /proc/cpuinfo of a
// machine with 1024 threads has about 1.5 MiB.
const maxProcFile = 8 * fallow.MiB

// Measure takes stock of this machine. The first call takes about a tenth of a
// second longer than later ones, for the speed.
func Measure(ctx context.Context, o Options) (fallow.Inventory, error) {
	return measure(ctx, "/", o)
}

// measure reads the kernel's files below root.
func measure(ctx context.Context, root string, o Options) (fallow.Inventory, error) {
	fail := func(err error) (fallow.Inventory, error) {
		return fallow.Inventory{}, fmt.Errorf("measure this machine: %w", err)
	}
	cpuinfo, err := readProc(root, "proc/cpuinfo")
	if err != nil {
		return fail(err)
	}
	groups, err := findGroups(root)
	if err != nil {
		return fail(err)
	}
	inv := fallow.Inventory{
		OS:       runtime.GOOS,
		Arch:     runtime.GOARCH,
		CPUModel: parseCPUModel(cpuinfo),
		Version:  o.Version,
		Features: slices.Sorted(slices.Values(o.Features)),
	}
	if inv.Cores, err = cores(groups, o.MaxCores); err != nil {
		return fail(err)
	}
	if inv.Memory, err = memory(root, groups, o.ReserveMemory); err != nil {
		return fail(err)
	}
	if inv.Disk, err = disk(o.StateDir, o.ReserveDisk); err != nil {
		return fail(err)
	}
	if inv.Systems, err = systems(root); err != nil {
		return fail(err)
	}
	key := speedKey{Model: inv.CPUModel, Version: o.Version}
	if inv.CPUSpeed, err = knownSpeed(ctx, o.StateDir, key); err != nil {
		return fail(err)
	}
	return inv, nil
}

// readProc reads a file of the kernel's, as far as maxProcFile.
func readProc(root, name string) (string, error) {
	f, err := os.Open(filepath.Join(root, name))
	if err != nil {
		return "", err
	}
	defer f.Close()
	return readBounded(f)
}
