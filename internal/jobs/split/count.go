package split

import (
	"fallow"
)

// Count tells how many subjobs a split makes: 1 for the zero Split. It fails with
// [fallow.CodeLimit] above [fallow.MaxSubjobs] and with [fallow.CodeInvalid] on a
// split that makes none or is not well-formed.
func Count(s fallow.Split) (int64, error) {
	n, err := count(s)
	if err != nil {
		return 0, err
	}
	if n > fallow.MaxSubjobs {
		return 0, tooMany()
	}
	return int64(n), nil
}

// count is Count with the number of any size. Factors are bounded by MaxSubjobs
// before they are multiplied, so that nothing overflows.
func count(s fallow.Split) (uint64, error) {
	switch {
	case s.Range != nil:
		return countRange(*s.Range)
	case len(s.Sweep) > 0:
		return countSweep(s.Sweep)
	case len(s.Zip) > 0:
		return countZip(s.Zip)
	case s.Slices != nil:
		return countSlices(*s.Slices)
	case len(s.Product) > 0:
		return countProduct(s.Product)
	}
	return 1, nil
}

// countRange computes (to-from)/step+1 in unsigned arithmetic, where the distance
// of any two int64 has room.
func countRange(r fallow.RangeSplit) (uint64, error) {
	distance, step := uint64(r.To)-uint64(r.From), uint64(r.Step)
	if r.Step < 0 {
		distance, step = uint64(r.From)-uint64(r.To), -uint64(r.Step)
	}
	switch {
	case r.Step == 0:
		return 0, fallow.Errorf(fallow.CodeInvalid, "the range %d..%d/0 never ends", r.From, r.To)
	case (r.Step > 0) != (r.From <= r.To) && r.From != r.To:
		return 0, fallow.Errorf(fallow.CodeInvalid, "the range %d..%d/%d is empty", r.From, r.To, r.Step).
			WithHint("write the smaller number first, or a negative step")
	}
	n := distance / step
	if n >= fallow.MaxSubjobs {
		return 0, tooMany()
	}
	return n + 1, nil
}

func countParameter(p fallow.Parameter) (uint64, error) {
	if p.Range != nil {
		return countRange(*p.Range)
	}
	if len(p.Values) == 0 {
		return 0, fallow.Errorf(fallow.CodeInvalid, "the parameter %q has no values", p.Name)
	}
	return uint64(len(p.Values)), nil
}

func countSweep(params []fallow.Parameter) (uint64, error) {
	total := uint64(1)
	for _, p := range params {
		n, err := countParameter(p)
		if err != nil {
			return 0, err
		}
		if total, err = multiply(total, n); err != nil {
			return 0, err
		}
	}
	return total, nil
}

func countZip(params []fallow.Parameter) (uint64, error) {
	first, err := countParameter(params[0])
	if err != nil {
		return 0, err
	}
	for _, p := range params[1:] {
		n, err := countParameter(p)
		if err != nil {
			return 0, err
		}
		if n != first {
			return 0, fallow.Errorf(fallow.CodeInvalid, "zip pairs %d values of %q with %d of %q", first, params[0].Name, n, p.Name).
				WithHint("give every parameter of a zip as many values, or use sweep for all combinations")
		}
	}
	return first, nil
}

func countSlices(s fallow.SliceSplit) (uint64, error) {
	if s.Count < 1 {
		return 0, fallow.Errorf(fallow.CodeInvalid, "the %s split has %d slices", s.Kind, s.Count)
	}
	return uint64(s.Count), nil
}

func countProduct(splits []fallow.Split) (uint64, error) {
	total := uint64(1)
	for _, s := range splits {
		n, err := count(s)
		if err != nil {
			return 0, err
		}
		if total, err = multiply(total, n); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// multiply needs a at most MaxSubjobs and keeps its result so.
func multiply(a, b uint64) (uint64, error) {
	if b > fallow.MaxSubjobs || a*b > fallow.MaxSubjobs {
		return 0, tooMany()
	}
	return a * b, nil
}

func tooMany() error {
	return fallow.Errorf(fallow.CodeLimit, "the split makes more than %d subjobs (MaxSubjobs)", fallow.MaxSubjobs).
		WithHint("let each subjob do more, or submit several jobs")
}
