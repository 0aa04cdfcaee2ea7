package collect

import (
	"container/heap"
	"context"
	"io"
)

// merge visits the rows of sorted readers in order, at most top of them if there is
// one. Of equal rows, those of an earlier reader come first.
func (s *sorter) merge(ctx context.Context, readers []rowReader, visit func(line []byte) error) error {
	h := mergeHeap{keys: s.keys}
	for i, r := range readers {
		if err := h.add(r, i); err != nil {
			return err
		}
	}
	heap.Init(&h)
	for visited := int64(0); h.Len() > 0 && (s.top == 0 || visited < s.top); visited++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := visit(h.heads[0].line); err != nil {
			return err
		}
		if err := h.advance(); err != nil {
			return err
		}
	}
	return nil
}

// head is the next row of a reader.
type head struct {
	*row
	reader rowReader
	order  int // of the reader
}

// mergeHeap is a [heap.Interface] of the readers' next rows, the least on top.
type mergeHeap struct {
	keys  keyReader
	heads []head
}

func (h *mergeHeap) add(r rowReader, order int) error {
	first, err := r.next()
	if err == io.EOF {
		return nil
	}
	if err != nil {
		return err
	}
	h.heads = append(h.heads, head{first, r, order})
	return nil
}

// advance replaces the top by the next row of its reader.
func (h *mergeHeap) advance() error {
	next, err := h.heads[0].reader.next()
	if err == io.EOF {
		heap.Pop(h)
		return nil
	}
	if err != nil {
		return err
	}
	h.heads[0].row = next
	heap.Fix(h, 0)
	return nil
}

func (h *mergeHeap) Len() int { return len(h.heads) }

func (h *mergeHeap) Less(i, j int) bool {
	a, b := h.heads[i], h.heads[j]
	if order := h.keys.compare(a.row, b.row); order != 0 {
		return order < 0
	}
	return a.order < b.order
}

func (h *mergeHeap) Swap(i, j int) { h.heads[i], h.heads[j] = h.heads[j], h.heads[i] }

// Push is never used: the heap only shrinks.
func (h *mergeHeap) Push(x any) { h.heads = append(h.heads, x.(head)) }

// Pop removes the last element, as [heap.Interface] asks.
func (h *mergeHeap) Pop() any {
	last := h.heads[len(h.heads)-1]
	h.heads = h.heads[:len(h.heads)-1]
	return last
}
