package client

import "iter"

// pages gives the elements of a list that comes in pages, until one is empty. The
// first error ends it.
func pages[W, D any](next func() ([]W, error), from func(W) (D, error)) iter.Seq2[D, error] {
	return func(yield func(D, error) bool) {
		for {
			page, err := next()
			if err != nil {
				var none D
				yield(none, err)
				return
			}
			if len(page) == 0 {
				return
			}
			for _, element := range page {
				d, err := from(element)
				if !yield(d, err) || err != nil {
					return
				}
			}
		}
	}
}
