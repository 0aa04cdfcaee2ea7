package scheduler

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"fallow"
	"fallow/internal/jobs/requirement"
)

// check is one requirement of a job. Scheduling and explaining use the same checks,
// so that an explanation is always the true reason.
type check struct {
	needs string // in words: "needs 64GiB of memory"
	meets func(fallow.Node) bool
	// lacks tells in words what the nodes that fail it have instead.
	lacks func(failing []fallow.Node) string
}

// propertyChecks are the requirements that do not depend on what else runs on a
// node.
func propertyChecks(job Job) []check {
	var checks []check
	if job.Arch != "" {
		checks = append(checks, archCheck(job.Arch))
	}
	if job.Needs.Speed > 0 {
		checks = append(checks, speedCheck(job.Needs.Speed))
	}
	for _, system := range job.Systems {
		checks = append(checks, systemCheck(system))
	}
	for _, name := range slices.Sorted(maps.Keys(job.Needs.Labels)) {
		checks = append(checks, labelCheck(name, job.Needs.Labels[name]))
	}
	if job.Needs.Node != "" {
		checks = append(checks, expressionCheck(job.Needs.Node))
	}
	return checks
}

func archCheck(arch string) check {
	return check{
		needs: fmt.Sprintf("needs a processor of type %s", arch),
		meets: func(n fallow.Node) bool { return n.Inventory.Arch == arch },
		lacks: func(failing []fallow.Node) string {
			return "have " + values(failing, func(n fallow.Node) string { return n.Inventory.Arch })
		},
	}
}

func speedCheck(speed float64) check {
	return amountCheck("a CPU speed of %g", speed, func(n fallow.Node) float64 { return n.Inventory.CPUSpeed })
}

// systemCheck wants a directory of the node, which also offers what lies below those
// it names.
func systemCheck(directory string) check {
	within := func(offered string) bool {
		return directory == offered || strings.HasPrefix(directory, offered+"/")
	}
	return check{
		needs: fmt.Sprintf("needs the directory %s of the node", directory),
		meets: func(n fallow.Node) bool { return slices.ContainsFunc(n.Inventory.Systems, within) },
		lacks: func([]fallow.Node) string { return "do not offer it" },
	}
}

func labelCheck(name, value string) check {
	return check{
		needs: fmt.Sprintf("needs the label %s=%s", name, value),
		meets: func(n fallow.Node) bool { have, ok := n.Labels[name]; return ok && have == value },
		lacks: func(failing []fallow.Node) string {
			return "have " + values(failing, func(n fallow.Node) string {
				if have, ok := n.Labels[name]; ok {
					return name + "=" + have
				}
				return "no such label"
			})
		},
	}
}

// expressionCheck compiles once for all nodes. An expression that can't be
// evaluated is met by no node, and the explanation says why.
func expressionCheck(text string) check {
	var problem error
	program, err := requirement.Compile(text)
	return check{
		needs: fmt.Sprintf("needs a node with %s", text),
		meets: func(n fallow.Node) bool {
			if err != nil {
				problem = err
				return false
			}
			met, err := program.Match(n.Inventory, n.Labels)
			if err != nil {
				problem = err
			}
			return err == nil && met
		},
		lacks: func([]fallow.Node) string {
			if problem != nil {
				return "fail it: " + problem.Error()
			}
			return "are not like that"
		},
	}
}

// resourceChecks are what a node must have, if nothing else ran there.
func resourceChecks(r fallow.Resources) []check {
	return []check{
		amountCheck("%d or more cores", r.Cores, func(n fallow.Node) int { return n.Inventory.Cores }),
		amountCheck("%v of memory", r.Memory, func(n fallow.Node) fallow.Size { return n.Inventory.Memory }),
		amountCheck("%v of disk", r.Disk, func(n fallow.Node) fallow.Size { return n.Inventory.Disk }),
	}
}

// amountCheck compares what a node has with a number that format puts in words.
func amountCheck[T cmp.Ordered](format string, need T, has func(fallow.Node) T) check {
	return check{
		needs: "needs " + fmt.Sprintf(format, need),
		meets: func(n fallow.Node) bool { return has(n) >= need },
		lacks: func(failing []fallow.Node) string {
			best := slices.MaxFunc(failing, func(a, b fallow.Node) int { return cmp.Compare(has(a), has(b)) })
			return fmt.Sprintf("have less; the largest has %v", has(best))
		},
	}
}

// stateChecks are what must be true of any node that gets work.
func stateChecks(now time.Time) []check {
	return []check{
		{
			needs: "needs a node that is switched on and reaches the server",
			meets: func(n fallow.Node) bool { return now.Sub(n.LastSeen) <= fallow.LeaseTime },
			lacks: func(failing []fallow.Node) string {
				last := slices.MaxFunc(failing, func(a, b fallow.Node) int { return a.LastSeen.Compare(b.LastSeen) })
				return fmt.Sprintf("are silent; %s spoke last, %s ago", last.Name, now.Sub(last.LastSeen).Round(time.Second))
			},
		},
		{
			needs: "needs a node that is active",
			meets: func(n fallow.Node) bool { return Usable(n, now) },
			lacks: func(failing []fallow.Node) string {
				return "are " + values(failing, func(n fallow.Node) string { return string(n.State) })
			},
		},
	}
}

// maxValues bounds the different values an explanation lists.
const maxValues = 5

// values lists the different values that nodes have, in order.
func values(nodes []fallow.Node, of func(fallow.Node) string) string {
	seen := map[string]bool{}
	for _, n := range nodes {
		seen[of(n)] = true
	}
	all := slices.Sorted(maps.Keys(seen))
	if more := len(all) - maxValues; more > 0 {
		all = append(all[:maxValues], fmt.Sprintf("%d others", more))
	}
	return strings.Join(all, " or ")
}
