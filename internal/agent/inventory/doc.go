// Package inventory measures what a desktop has to offer: processor and its speed,
// cores, memory, disk and interpreters, each as far as the grid may use it.
//
// What is read is what the kernel enforces on this process: the smaller of what the
// machine has and what the process's cgroups and affinity allow, less the reserve
// that the owner keeps.
package inventory
