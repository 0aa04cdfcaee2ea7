// Package cgroup gives each attempt a control group: limits on memory, processes
// and processor, the lowest processor weight, freezing and killing as a whole.
//
// The words:
//
//   - a tree is one hierarchy of control groups: version 2, or one controller set
//     of version 1. A machine with both (hybrid) has several;
//   - the top group is ours in every tree used; all attempts' groups lie in it, so
//     that whatever a dead agent left can be found;
//   - a [Group] is one attempt's group: a directory of the same name below the top
//     group of every tree used;
//   - a [Control] is something that a group can do. Which tree does it, if any, is
//     found once by [Open]; whoever runs attempts asks [Manager.Has] and does by
//     resource limits and polling what is missing.
//
// Nothing is ever mounted, and no controller is taken from anybody. Sources:
// cgroups(7), the kernel's Documentation/admin-guide/cgroup-v1 and cgroup-v2.rst,
// and systemd's CGROUP_DELEGATION.
package cgroup
