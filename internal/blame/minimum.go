package blame

import (
	"fmt"

	"fallow"
)

// counted applies the job's minimum time (paper, 4.2.3, malformed subjob): a
// program that is done too soon did not do its work, whatever its exit code says.
func counted(o fallow.Outcome, n fallow.Needs) fallow.Outcome {
	if o.Kind != fallow.Succeeded || o.Wall >= n.MinTime {
		return o
	}
	o.Kind = fallow.TooShort
	o.Reason = fmt.Sprintf("it ended after %s, before the job's minimum time of %s", o.Wall, n.MinTime)
	o.Results = nil
	return o
}
