package requirement

import (
	"github.com/expr-lang/expr/vm"

	"fallow"
)

// environment holds the variables of an expression.
type environment struct {
	OS struct {
		Name string `expr:"name"`
		Arch string `expr:"arch"`
	} `expr:"os"`
	CPU struct {
		Model string  `expr:"model"`
		Cores int     `expr:"cores"`
		Speed float64 `expr:"speed"`
	} `expr:"cpu"`
	Memory   int               `expr:"memory"`
	Disk     int               `expr:"disk"`
	Labels   map[string]string `expr:"labels"`
	Features []string          `expr:"features"`
	Version  string            `expr:"version"`
}

// Match tells whether a node meets the requirement. A label that the node does not
// have is the empty string. It fails if the expression can't be evaluated on this
// node, such as by a division by zero.
func (p *Program) Match(node fallow.Inventory, labels map[string]string) (bool, error) {
	env := environment{Memory: int(node.Memory), Disk: int(node.Disk), Labels: labels, Features: node.Features, Version: node.Version}
	env.OS.Name, env.OS.Arch = node.OS, node.Arch
	env.CPU.Model, env.CPU.Cores, env.CPU.Speed = node.CPUModel, node.Cores, node.CPUSpeed
	machine := vm.VM{MemoryBudget: maxMemory}
	value, err := machine.Run(p.code, env)
	if err != nil {
		return false, fallow.Errorf(fallow.CodeInvalid, "the requirement can't be evaluated: %w", err)
	}
	met, ok := value.(bool)
	if !ok {
		return false, fallow.Errorf(fallow.CodeInvalid, "the requirement is %v, neither true nor false", value)
	}
	return met, nil
}
