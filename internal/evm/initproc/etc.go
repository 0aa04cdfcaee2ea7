package initproc

import "strconv"

// etcFiles is the sandbox's own /etc: what programs and C libraries look up, and
// nothing of the host's. A bundle may add files beside these.
var etcFiles = map[string]string{
	"passwd": "job:x:" + strconv.Itoa(UserID) + ":" + strconv.Itoa(UserID) + ":job:/work:/bin/sh\n" +
		"nobody:x:65534:65534:nobody:/:/bin/false\n",
	"group":         "job:x:" + strconv.Itoa(UserID) + ":\nnogroup:x:65534:\n",
	"hosts":         "127.0.0.1 localhost " + hostname + "\n::1 localhost\n",
	"nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n",
	"hostname":      hostname + "\n",
	"machine-id":    "00000000000000000000000000000001\n",
	"resolv.conf":   "",
	"localtime":     utc,
	"timezone":      "UTC\n",
}

// utc is the shortest time zone file that means UTC, tzfile(5): a version 1 header
// with one type of offset 0, named "UTC".
const utc = "TZif" + "\x00" + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00" + // UT/local, standard/wall, leap counts
	"\x00\x00\x00\x00" + "\x00\x00\x00\x01" + "\x00\x00\x00\x04" + // transitions, types, name bytes
	"\x00\x00\x00\x00\x00\x00" + "UTC\x00"
