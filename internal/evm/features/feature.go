package features

// Status is how well a feature is there.
type Status string

// The statuses.
const (
	OK       Status = "ok"
	Degraded Status = "degraded" // there, or replaced, at a price that Detail and Fallback name
	Missing  Status = "missing"
)

// Feature is one thing that the EVM uses when it is there.
type Feature struct {
	Name     string // short and stable: nodes report it and jobs may ask for it
	Status   Status
	Detail   string // what was found
	Fallback string // what is done instead, or happens for want of it; empty if Status is OK or nothing can be done
	Advice   string // what the owner can do, in one sentence; empty if Status is OK
}

// Probe tries every feature, in an order fit for reading.
func Probe() []Feature {
	found := make([]Feature, 0, len(probes))
	for _, p := range probes {
		f := p.try()
		f.Name = p.name
		if f.Status == OK {
			f.Fallback, f.Advice = "", ""
		}
		found = append(found, f)
	}
	return found
}

// probes holds a function for every feature. Each says fall-back and advice without
// looking at the status; [Probe] drops them where all is well.
var probes = []struct {
	name string
	try  func() Feature
}{
	{"kernel", kernel},
	{"user-namespaces", userNamespaces},
	{"all-namespaces", allNamespaces},
	{"proc-mount", procMount},
	{"overlay", overlay},
	{"mount-setattr", mountSetattr},
	{"seccomp", seccompFilter},
	{"landlock", landlock},
	{"mdwe", mdwe},
	{"memfd-noexec", memfdNoexec},
	{"cgroup-memory", cgroupMemory},
	{"cgroup-processes", cgroupProcesses},
	{"cgroup-cpu", cgroupCPU},
	{"cgroup-freeze", cgroupFreeze},
	{"cgroup-kill", cgroupKill},
	{"autogroup", autogroup},
	{"pressure", pressure},
	{"swap", swap},
	{"fuse", fuse},
	{"tun", tun},
	{"core-pattern", corePattern},
	{"cap-sys-resource", capSysResource},
	{"memory", memory},
	{"disk", disk},
}
