package evm

import (
	"testing"

	"fallow"
)

func TestNearlyFull(t *testing.T) {
	const limit = 100 * fallow.MiB
	for _, c := range []struct {
		what        string
		before, now fallow.Size
		want        bool
	}{
		{"plenty", fallow.GiB, fallow.GiB, false},
		{"at the floor", fallow.GiB, diskFloor, false},
		{"below the floor", fallow.GiB, diskFloor - 1, true},
		{"low at the start", 300 * fallow.MiB, 250 * fallow.MiB, false},
		{"low at the start, and more than the limit gone", 300 * fallow.MiB, 150 * fallow.MiB, true},
		{"low at the start, and others made room", 300 * fallow.MiB, fallow.GiB, false},
	} {
		if got := nearlyFull(c.before, c.now, limit); got != c.want {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}

func TestShortOfMemory(t *testing.T) {
	for content, want := range map[string]bool{
		"MemTotal: 16000000 kB\nMemFree: 1 kB\nMemAvailable: 9000000 kB\n": false,
		"MemTotal: 16000000 kB\nMemFree: 1 kB\nMemAvailable: 200000 kB\n":  true,
		"MemTotal: 2000000 kB\nMemFree: 1 kB\nMemAvailable: 200000 kB\n":   false,
		"MemTotal: 2000000 kB\nMemFree: 1 kB\nMemAvailable: 30000 kB\n":    true,
		"MemTotal: 2000000 kB\nMemFree: 1 kB\n":                            false,
	} {
		if _, short := shortOfMemory([]byte(content)); short != want {
			t.Errorf("%q is short of memory: %v", content, short)
		}
	}
}
