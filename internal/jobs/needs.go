package jobs

import (
	"math"
	"strings"
	"unicode"

	"fallow"
	"fallow/internal/jobs/requirement"
)

// CheckNeeds checks what a job asks of nodes.
func CheckNeeds(n fallow.Needs) error {
	for _, check := range []func(fallow.Needs) error{checkSizes, checkNumbers, checkTimes, checkLabels} {
		if err := check(n); err != nil {
			return err
		}
	}
	switch n.Sandbox {
	case "", fallow.ProfileStrict, fallow.ProfileJIT:
	default:
		return fallow.Errorf(fallow.CodeInvalid, "%q is not a sandbox", n.Sandbox).
			WithHint("a sandbox is %s or %s", fallow.ProfileStrict, fallow.ProfileJIT)
	}
	if n.Node == "" {
		return nil
	}
	_, err := requirement.Compile(n.Node)
	return err
}

func checkSizes(n fallow.Needs) error {
	for _, need := range []struct {
		name       string
		size, most fallow.Size
	}{
		{"memory", n.Memory, fallow.MaxFile}, {"disk", n.Disk, fallow.MaxFile}, {"output", n.Output, fallow.MaxOutput},
	} {
		if need.size < 0 || need.size > need.most {
			return fallow.Errorf(fallow.CodeLimit, "the need of %d bytes of %s is not between 0 and %s", need.size, need.name, need.most)
		}
	}
	return nil
}

func checkNumbers(n fallow.Needs) error {
	if n.Cores < 0 || n.Cores > MaxCores {
		return fallow.Errorf(fallow.CodeLimit, "the need of %d cores is not between 0 and %d (MaxCores)", n.Cores, MaxCores)
	}
	if n.Procs < 0 || n.Procs > MaxProcs {
		return fallow.Errorf(fallow.CodeLimit, "the need of %d procs is not between 0 and %d (MaxProcs)", n.Procs, MaxProcs)
	}
	if !(n.Speed >= 0) || math.IsInf(n.Speed, 1) {
		return fallow.Errorf(fallow.CodeInvalid, "the need of speed %v is not a number from 0", n.Speed)
	}
	return nil
}

func checkTimes(n fallow.Needs) error {
	if n.MinTime < 0 || n.MaxTime < 0 || n.MaxTime > MaxRunTime {
		return fallow.Errorf(fallow.CodeLimit, "the run time of %v to %v is not between 0 and %v (MaxRunTime)", n.MinTime, n.MaxTime, MaxRunTime)
	}
	longest := n.MaxTime
	if longest == 0 {
		longest = fallow.DefaultMaxTime
	}
	if n.MinTime >= longest {
		return fallow.Errorf(fallow.CodeInvalid, "the least run time %v is not below the longest %v", n.MinTime, longest)
	}
	return nil
}

func checkLabels(n fallow.Needs) error {
	if len(n.Labels) > MaxLabels {
		return fallow.Errorf(fallow.CodeLimit, "the job asks for %d labels, more than %d (MaxLabels)", len(n.Labels), MaxLabels)
	}
	for name, value := range n.Labels {
		if name == "" || len(name) > MaxLabel || len(value) > MaxLabel {
			return fallow.Errorf(fallow.CodeLimit, "the label %q: %q is empty or longer than %d bytes (MaxLabel)", name, value, MaxLabel)
		}
		if strings.ContainsFunc(name+value, unicode.IsControl) {
			return fallow.Errorf(fallow.CodeInvalid, "the label %q: %q has control characters", name, value)
		}
	}
	return nil
}
