package recipe

import "regexp"

// openmpi is the library of MPI that programs load. One that nobody started by
// mpirun starts a daemon of its own, orted, unless it is told that it stays alone;
// those that mpirun starts take no notice. And mpirun itself won't start without ssh,
// unless it is told that there are no other machines.
var openmpi = Recipe{
	Name:    "openmpi",
	Program: regexp.MustCompile(`^libopen-rte\.so[\d.]*$`),
	Command: "libopen-rte.so",
	Env:     []string{"OMPI_MCA_ess_singleton_isolated=1", "OMPI_MCA_plm=isolated"},
}
