package inventory

import (
	"slices"

	"fallow"
)

// diskStep is the smallest change of free disk worth telling: free space changes all
// the time, and a heartbeat is sent every ten seconds.
const diskStep = 256 * fallow.MiB

// Diff tells what changed, by the names that [fallow.Inventory] has in JSON, in that
// order; none means that a heartbeat need not carry the inventory. Free disk counts
// as changed from the larger of 256 MiB and a sixteenth of what was told last.
func Diff(told, now fallow.Inventory) []string {
	free := now.Disk - told.Disk
	var changed []string
	for _, field := range []struct {
		name string
		same bool
	}{
		{"os", told.OS == now.OS},
		{"arch", told.Arch == now.Arch},
		{"cpu_model", told.CPUModel == now.CPUModel},
		{"cores", told.Cores == now.Cores},
		{"cpu_speed", told.CPUSpeed == now.CPUSpeed},
		{"memory", told.Memory == now.Memory},
		{"disk", max(free, -free) < max(diskStep, told.Disk/16)},
		{"version", told.Version == now.Version},
		{"features", slices.Equal(told.Features, now.Features)},
		{"systems", slices.Equal(told.Systems, now.Systems)},
	} {
		if !field.same {
			changed = append(changed, field.name)
		}
	}
	return changed
}
