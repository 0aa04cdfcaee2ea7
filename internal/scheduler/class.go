package scheduler

import (
	"cmp"
	"container/heap"
	"fmt"
	"slices"

	"fallow"
)

// class is the jobs with equal requirements, with the asks that meet them.
type class struct {
	takes fallow.Resources
	queue queue
}

// propertyKey is equal for jobs that require the same properties of a node, and
// classKey for jobs that require the same in all. fmt prints maps in order.
func propertyKey(job Job) string {
	n := job.Needs
	return fmt.Sprintf("%v %q %q %q %q", n.Speed, n.Labels, n.Node, job.Arch, job.Systems)
}

func classKey(job Job) string {
	return fmt.Sprintf("%v %s", Takes(job.Needs), propertyKey(job))
}

func newClass(takes fallow.Resources, matching []*desk) *class {
	c := &class{takes: takes}
	for _, d := range matching {
		if d.fits(takes) {
			c.queue = append(c.queue, place{d, d.given})
		}
	}
	heap.Init(&c.queue)
	return c
}

func meetsAll(checks []check, n fallow.Node) bool {
	return !slices.ContainsFunc(checks, func(c check) bool { return !c.meets(n) })
}

// empty tells whether no ask can take one more.
func (c *class) empty() bool {
	d := c.pop()
	if d == nil {
		return true
	}
	c.push(d)
	return false
}

// pick gives the ask that got fewest so far and that the subjob does not avoid;
// one that it avoids only if there is no other and it does not refuse. Without any,
// it gives nil.
func (c *class) pick(by choice) *desk {
	var avoided []*desk
	d := c.pop()
	for ; d != nil && slices.Contains(by.avoid, d.node.ID); d = c.pop() {
		avoided = append(avoided, d)
	}
	for _, a := range avoided {
		c.push(a)
	}
	if d == nil && len(avoided) > 0 && !by.refuse {
		d = c.pop()
	}
	if d != nil {
		c.push(d)
	}
	return d
}

// pop takes out the ask that got fewest. The queue's order may be out of date,
// because asks get work of other classes, too: that is put right on the way.
func (c *class) pop() *desk {
	for len(c.queue) > 0 {
		top := &c.queue[0]
		switch {
		case !top.fits(c.takes):
			heap.Pop(&c.queue)
		case top.key != top.given:
			top.key = top.given
			heap.Fix(&c.queue, 0)
		default:
			return heap.Pop(&c.queue).(place).desk
		}
	}
	return nil
}

func (c *class) push(d *desk) { heap.Push(&c.queue, place{d, d.given}) }

// queue is a heap of asks: fewest attempts first, then in order of asking.
type queue []place

// place is an ask with the number of attempts it had when it was put in.
type place struct {
	*desk
	key int
}

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(q[i].key, q[j].key), cmp.Compare(q[i].ask, q[j].ask)) < 0
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(place)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
