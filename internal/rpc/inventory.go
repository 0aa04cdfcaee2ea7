package rpc

import (
	"math"
	"strings"
	"unicode"

	"fallow"
	"fallow/internal/rpc/fallowv1"
)

// The limits of what a node may tell about itself.
const (
	maxName  = 256 // bytes of one name
	maxNames = 256 // features, or systems, or labels
	maxCores = 1 << 16
	maxSpeed = 1e12
)

// ToInventory writes what a node tells about itself.
func ToInventory(v fallow.Inventory) *fallowv1.Inventory {
	return &fallowv1.Inventory{
		Os: v.OS, Arch: v.Arch, CpuModel: toText(v.CPUModel), Cores: toInt32(v.Cores), CpuSpeed: v.CPUSpeed,
		Memory: int64(v.Memory), Disk: int64(v.Disk), Version: v.Version,
		Features: v.Features, Systems: v.Systems,
	}
}

// FromInventory checks lengths, that names hold no control characters, and that every number can be a machine's.
func FromInventory(v *fallowv1.Inventory) (fallow.Inventory, error) {
	if err := checkInventory(v); err != nil {
		return fallow.Inventory{}, err
	}
	return fallow.Inventory{
		OS: v.GetOs(), Arch: v.GetArch(), CPUModel: v.GetCpuModel(),
		Cores: int(v.GetCores()), CPUSpeed: v.GetCpuSpeed(),
		Memory: fallow.Size(v.GetMemory()), Disk: fallow.Size(v.GetDisk()), Version: v.GetVersion(),
		Features: v.GetFeatures(), Systems: v.GetSystems(),
	}, nil
}

func checkInventory(v *fallowv1.Inventory) error {
	for _, names := range [][]string{
		{v.GetOs(), v.GetArch(), v.GetCpuModel(), v.GetVersion()}, v.GetFeatures(), v.GetSystems(),
	} {
		if err := checkNames(names); err != nil {
			return err
		}
	}
	switch {
	case v.GetCores() < 0 || v.GetCores() > maxCores:
		return invalid("a node of %d cores, want 0 to %d", v.GetCores(), maxCores)
	case math.IsNaN(v.GetCpuSpeed()) || v.GetCpuSpeed() < 0 || v.GetCpuSpeed() > maxSpeed:
		return invalid("a CPU speed of %g, want 0 to %g", v.GetCpuSpeed(), maxSpeed)
	case v.GetMemory() < 0 || v.GetDisk() < 0:
		return invalid("memory or disk below zero")
	}
	return nil
}

// checkNames checks a list of names from a node: how many, how long, and that they
// can be shown on one line.
func checkNames(names []string) error {
	if len(names) > maxNames {
		return invalid("%d names, at most %d are allowed", len(names), maxNames)
	}
	for _, name := range names {
		if len(name) > maxName {
			return invalid("name %.32q... of %d bytes, at most %d are allowed", name, len(name), maxName)
		}
		if strings.ContainsFunc(name, unicode.IsControl) {
			return invalid("name %q has control characters", name)
		}
	}
	return nil
}

// ToResources writes what is free or taken.
func ToResources(r fallow.Resources) *fallowv1.Resources {
	return &fallowv1.Resources{Cores: toInt32(r.Cores), Memory: int64(r.Memory), Disk: int64(r.Disk)}
}

// FromResources checks that nothing is negative.
func FromResources(r *fallowv1.Resources) (fallow.Resources, error) {
	if r.GetCores() < 0 || r.GetMemory() < 0 || r.GetDisk() < 0 {
		return fallow.Resources{}, invalid("free resources below zero")
	}
	return fallow.Resources{
		Cores: int(r.GetCores()), Memory: fallow.Size(r.GetMemory()), Disk: fallow.Size(r.GetDisk()),
	}, nil
}
