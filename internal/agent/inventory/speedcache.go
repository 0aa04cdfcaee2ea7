package inventory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// speedFile keeps the speed in the state directory.
const speedFile = "cpu-speed.json"

// speedKey is for what a speed holds: another processor has another, and another
// version of the agent may have another compiler.
type speedKey struct {
	Model   string `json:"cpu_model"`
	Version string `json:"version"`
}

type keptSpeed struct {
	speedKey
	Speed float64 `json:"cpu_speed"`
}

// knownSpeed gives the speed that was kept for the key, or measures and keeps it. It
// is measured once, so that a restart on a busy desktop doesn't change it.
func knownSpeed(ctx context.Context, dir string, key speedKey) (float64, error) {
	path := filepath.Join(dir, speedFile)
	if kept, ok := readSpeed(path); ok && kept.speedKey == key {
		return kept.Speed, nil
	}
	speed, err := measureSpeed(ctx)
	if err != nil {
		return 0, fmt.Errorf("measure the speed: %w", err)
	}
	if err := writeSpeed(path, keptSpeed{key, speed}); err != nil {
		return 0, fmt.Errorf("keep the speed: %w", err)
	}
	return speed, nil
}

// readSpeed gives false for a file that is not there or is damaged: it will be
// written anew.
func readSpeed(path string) (keptSpeed, bool) {
	content, err := os.ReadFile(path)
	if err != nil {
		return keptSpeed{}, false
	}
	return parseSpeed(content)
}

func parseSpeed(content []byte) (keptSpeed, bool) {
	var kept keptSpeed
	err := json.Unmarshal(content, &kept)
	return kept, err == nil && kept.Speed > 0
}

// writeSpeed replaces the file as a whole.
func writeSpeed(path string, kept keptSpeed) error {
	content, err := json.Marshal(kept)
	if err != nil {
		return err
	}
	draft, err := os.CreateTemp(filepath.Dir(path), speedFile+".new-*")
	if err != nil {
		return err
	}
	_, err = draft.Write(content)
	if err = errors.Join(err, draft.Close()); err == nil {
		err = os.Rename(draft.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(draft.Name()))
	}
	return nil
}
