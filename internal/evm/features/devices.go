package features

import "os"

func fuse() Feature {
	f := openable("/dev/fuse")
	f.Fallback = "a subjob's files are plain files, as they are on every node so far"
	f.Advice = "Load the kernel module fuse and let the agent's user open /dev/fuse."
	return f
}

func tun() Feature {
	f := openable("/dev/net/tun")
	if f.Status == Missing {
		f.Status = Degraded
	}
	f.Fallback = "subjobs have no network, as on every node so far"
	f.Advice = "Load the kernel module tun and let the agent's user open /dev/net/tun."
	return f
}

// openable tries to open a device for reading and writing. Neither fuse nor tun
// does anything before more is asked of it.
func openable(path string) Feature {
	device, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return Feature{Status: Missing, Detail: err.Error()}
	}
	if err := device.Close(); err != nil {
		return Feature{Status: Missing, Detail: err.Error()}
	}
	return Feature{Status: OK, Detail: path + " can be opened"}
}
