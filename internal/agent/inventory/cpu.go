package inventory

import (
	"slices"
	"strings"
)

// maxModel bounds the model's name, in bytes.
const maxModel = 128

// parseCPUModel takes the model from /proc/cpuinfo: the "model name" of amd64 and
// others; on arm64, where the kernel gives numbers only, the names of the parts,
// joined by " + " if the machine has several kinds of core.
func parseCPUModel(cpuinfo string) string {
	var parts []string
	implementer := ""
	for line := range strings.Lines(cpuinfo) {
		key, value, _ := strings.Cut(line, ":")
		value = strings.Join(strings.Fields(value), " ")
		switch strings.TrimSpace(key) {
		case "model name", "cpu model", "uarch":
			if value != "" {
				return clean(value)
			}
		case "CPU implementer":
			implementer = value
		case "CPU part":
			if name := armName(implementer, value); !slices.Contains(parts, name) {
				parts = append(parts, name)
			}
		}
	}
	if len(parts) == 0 {
		return "unknown"
	}
	return clean(strings.Join(parts, " + "))
}

// clean makes a name fit for messages and screens.
func clean(name string) string {
	name = strings.ToValidUTF8(name, "?")
	if len(name) > maxModel {
		name = strings.ToValidUTF8(name[:maxModel], "")
	}
	return name
}

// armName names a core by the implementer and part numbers of its main ID register.
// The source of the numbers is Arm's "Main ID Register" documentation of each core.
func armName(implementer, part string) string {
	if implementer == "0x41" {
		if name, ok := armParts[part]; ok {
			return "Arm " + name
		}
	}
	return "Arm implementer " + implementer + " part " + part
}

var armParts = map[string]string{
	"0xd03": "Cortex-A53",
	"0xd04": "Cortex-A35",
	"0xd05": "Cortex-A55",
	"0xd07": "Cortex-A57",
	"0xd08": "Cortex-A72",
	"0xd09": "Cortex-A73",
	"0xd0a": "Cortex-A75",
	"0xd0b": "Cortex-A76",
	"0xd0c": "Neoverse-N1",
	"0xd0d": "Cortex-A77",
	"0xd40": "Neoverse-V1",
	"0xd41": "Cortex-A78",
	"0xd44": "Cortex-X1",
	"0xd49": "Neoverse-N2",
	"0xd4f": "Neoverse-V2",
}
