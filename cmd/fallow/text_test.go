package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fallow"
)

func TestControlCharactersAreMadeHarmless(t *testing.T) {
	for in, want := range map[string]string{
		"plain text\n\tand tab":   "plain text\n\tand tab",
		"\x1b[2J\x1b]0;title\x07": "?[2J?]0;title?",
		"over\rwritten\b\x7f":     "over?written??",
		"\u009b31m":               "?31m",
		"txt.\u202eexe":           "txt.?exe",
		"bad \xff utf":            "bad ? utf",
		"naïve 数":                 "naïve 数",
	} {
		if got := visible(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := oneLine("a\nb\t c "); got != "a b c" {
		t.Errorf("got %q", got)
	}
}

func TestHowLong(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second:              "0s",
		1234 * time.Millisecond:   "1.23s",
		125 * time.Second:         "2m5s",
		3*time.Hour + time.Minute: "3h1m",
		76 * time.Hour:            "3d4h",
	} {
		if got := howLong(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}

func TestTableIsAligned(t *testing.T) {
	var out bytes.Buffer
	writeTable(&out, []string{"A", "LONG", "C"}, [][]string{{"one", "x", ""}, {"2", "much longer", "z\x1b"}})
	want := "A    LONG         C\none  x\n2    much longer  z?\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestLabels(t *testing.T) {
	got, err := parseLabels([]string{"room=b12", "old=", "a=b=c"})
	if want := map[string]string{"room": "b12", "old": "", "a": "b=c"}; err != nil || !cmp.Equal(got, want) {
		t.Errorf("got %v, error %v", got, err)
	}
	for _, bad := range []string{"room", "=x", "bad label=1", "-x=1"} {
		if _, err := parseLabels([]string{bad}); fallow.CodeOf(err) != fallow.CodeInvalid {
			t.Errorf("%q: got %v, want an error of code invalid", bad, err)
		}
	}
}

func TestErrorsAreReported(t *testing.T) {
	for _, test := range []struct {
		err  error
		json bool
		code int
		want string
	}{
		{fallow.Errorf(fallow.CodeNotFound, "there is no job 9").WithHint("look"), false, exitConflict,
			"fallow: there is no job 9\n  hint: look\n"},
		{fallow.Errorf(fallow.CodeDenied, "no <b>").WithHint("ask"), true, exitDenied,
			`{"code":"denied","message":"no <b>","hint":"ask"}` + "\n"},
		{fmt.Errorf("call: %w", context.Canceled), false, exitInterrupted, "fallow: interrupted\n"},
		{errors.New("disk\x1b full"), false, exitFailed, "fallow: disk? full\n"},
		{exit(exitUnsuccess), false, exitUnsuccess, ""},
		{nil, false, exitOK, ""},
	} {
		var out bytes.Buffer
		e := &env{err: &out, json: test.json}
		if code := e.fail(test.err); code != test.code || out.String() != test.want {
			t.Errorf("%v: exit code %d and %q, want %d and %q", test.err, code, &out, test.code, test.want)
		}
	}
}

func TestProgressOnATerminalIsOneLine(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&env{err: &out, terminal: true})
	p.status("one of %d", 3)
	p.status("one of %d", 3) // nothing new
	p.clear()
	p.clear()
	if want := "\r\x1b[Kone of 3\r\x1b[K"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
