package evm

// vacancy gives a sandbox to run in: the one that was made ahead, if there is one,
// whose successor is then made in the background.
func (m *Machine) vacancy() (*vacant, error) {
	if !m.config.Ahead {
		return m.newVacant()
	}
	v, err := m.takeAhead()
	m.aheads.Go(m.makeAhead)
	if v != nil || err != nil {
		return v, err
	}
	return m.newVacant()
}

// takeAhead gives the sandbox that was made ahead. One whose PID 1 was killed
// meanwhile is cleared away.
func (m *Machine) takeAhead() (*vacant, error) {
	m.mu.Lock()
	v := m.ahead
	m.ahead = nil
	m.mu.Unlock()
	if v == nil || v.alive() {
		return v, nil
	}
	return nil, v.discard()
}

// makeAhead makes a sandbox for the next run, unless there is one. That it fails is
// no loss: the next run makes its own, and tells why it can't.
func (m *Machine) makeAhead() {
	if m.hasAhead() {
		return
	}
	v, err := m.newVacant()
	if err != nil {
		m.config.Logger.Debug("make a sandbox ahead", "error", err)
		return
	}
	m.mu.Lock()
	keep := m.ahead == nil && !m.closed
	if keep {
		m.ahead = v
	}
	m.mu.Unlock()
	if keep {
		return
	}
	if err := v.discard(); err != nil {
		m.config.Logger.Error("clear away a sandbox", "error", err)
	}
}

func (m *Machine) hasAhead() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ahead != nil
}

// WaitAhead waits until the sandbox that is made ahead of the next run, if any, is
// ready: what is measured next is not disturbed by it.
func (m *Machine) WaitAhead() { m.aheads.Wait() }

// discardAhead ends what was made for a run that never came.
func (m *Machine) discardAhead() error {
	m.mu.Lock()
	v := m.ahead
	m.ahead = nil
	m.mu.Unlock()
	if v == nil {
		return nil
	}
	return v.discard()
}
