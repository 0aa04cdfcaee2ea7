package evm

import "fmt"

// PageOut moves a paused run's memory to swap as far as the kernel can, so that the
// desktop's user has it (paper, 4.2.1). On a machine without swap or without a
// memory control group it does nothing.
func (r *Run) PageOut() error {
	r.pausing.Lock()
	defer r.pausing.Unlock()
	if r.over() {
		return fmt.Errorf("page out run %s: %w", r.spec.Name, errEnded)
	}
	if err := r.group.PageOut(); err != nil {
		return fmt.Errorf("page out run %s: %w", r.spec.Name, err)
	}
	return nil
}
