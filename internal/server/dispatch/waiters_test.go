package dispatch

import "testing"

func TestWhoLeavesTellsWhetherItWasWoken(t *testing.T) {
	var w waiters
	first, second, third := w.join(), w.join(), w.join()
	w.wake(1)
	if w.leave(second) {
		t.Error("the second was woken before the first")
	}
	if !w.leave(first) {
		t.Error("the first was woken and does not know it: nobody else will be")
	}
	w.wake(1)
	if !w.leave(third) {
		t.Error("a wake-up was spent on one that had left")
	}
}
