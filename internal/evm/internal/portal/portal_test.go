package portal

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var sample = Setup{
	Strict: true, KeepSession: true, SwitchUser: true, Tree: "/t", Systems: []string{"/usr/lib/x", ""}, In: "/i", Work: "", Out: "/o",
	Scratch: 1 << 40, Argv: []string{"a", "b c", ""}, Env: []string{"A=b"}, OpenFiles: 10, FileSize: -1, Procs: 3,
	Census: time.Second, Silence: time.Minute,
}

func TestSetupRoundTrip(t *testing.T) {
	got, err := DecodeSetup(sample.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&sample, got); diff != "" {
		t.Error(diff)
	}
}

func TestReportsRoundTrip(t *testing.T) {
	ready, err := DecodeReady(Ready{Notes: []string{"x"}}.Encode())
	if err != nil || len(ready.Notes) != 1 {
		t.Errorf("ready %v, %v", ready, err)
	}
	if m, err := DecodeFailed(Failed{true, "no"}.Encode()); err != nil || m != (Failed{true, "no"}) {
		t.Errorf("failed %v, %v", m, err)
	}
	if m, err := DecodeExited(Exited{9, time.Hour, 1}.Encode()); err != nil || m != (Exited{9, time.Hour, 1}) {
		t.Errorf("exited %v, %v", m, err)
	}
	if m, err := DecodeBlind(Blind{"why"}.Encode()); err != nil || m != (Blind{"why"}) {
		t.Errorf("blind %v, %v", m, err)
	}
	if m, err := DecodeUnlinked(Unlinked{5, 6}.Encode()); err != nil || m != (Unlinked{5, 6}) {
		t.Errorf("unlinked %v, %v", m, err)
	}
	if m, err := DecodeCensus(Census{7, 8}.Encode()); err != nil || m != (Census{7, 8}) {
		t.Errorf("census %v, %v", m, err)
	}
}

func TestFrames(t *testing.T) {
	var b bytes.Buffer
	for _, kind := range []Kind{Beat, Stop} {
		if err := Write(&b, kind, []byte{byte(kind)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []Kind{Beat, Stop} {
		kind, payload, err := Read(&b)
		if kind != want || !bytes.Equal(payload, []byte{byte(want)}) || err != nil {
			t.Errorf("kind %d, payload %v, %v", kind, payload, err)
		}
	}
	if _, _, err := Read(&b); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
	if err := Write(io.Discard, Stop, make([]byte, MaxFrame+1)); err == nil {
		t.Error("a frame beyond the limit was sent")
	}
	if _, _, err := Read(strings.NewReader("\x01\xff\xff\xff\xff")); err == nil || err == io.EOF {
		t.Errorf("a frame beyond the limit was received: %v", err)
	}
}

// FuzzDecodeSetup checks that PID 1 survives whatever it is told, and that what it
// understands means one thing only.
func FuzzDecodeSetup(f *testing.F) {
	f.Add(sample.Encode())
	f.Add((&Setup{}).Encode())
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := DecodeSetup(b)
		if err != nil {
			return
		}
		again, err := DecodeSetup(s.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s, again); diff != "" {
			t.Error(diff)
		}
	})
}
