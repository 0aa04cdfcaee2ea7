package shebang_test

import (
	"path"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"fallow/internal/bundle/shebang"
)

func TestParse(t *testing.T) {
	for _, test := range []struct {
		head string
		want *shebang.Line
		err  string
	}{
		{"#!/bin/sh\n", &shebang.Line{Program: "/bin/sh"}, ""},
		{"#! /bin/sh", &shebang.Line{Program: "/bin/sh"}, ""},
		{"#!\t/usr/bin/perl \t -w -T \t\nprint", &shebang.Line{Program: "/usr/bin/perl", Args: []string{"-w -T"}}, ""},
		{"#!/usr/bin/env python3\n", &shebang.Line{Program: "python3", Args: []string{}}, ""},
		{"#!/usr/bin/env -S python3 -u  -B\n", &shebang.Line{Program: "python3", Args: []string{"-u", "-B"}}, ""},
		{"#!/usr/bin/env -Spython3 -u\n", &shebang.Line{Program: "python3", Args: []string{"-u"}}, ""},
		{"#!/usr/bin/env python3 -u\n", nil, "env -S python3 -u"},
		{"#!/usr/bin/env -i python3\n", nil, "options or variables"},
		{"#!/usr/bin/env -S A=1 python3\n", nil, "options or variables"},
		{"#!/usr/bin/env -S python3 'a b'\n", nil, "quoting"},
		{"#!/usr/bin/env\n", nil, "without an interpreter"},
		{"#!python3\n", nil, "not an absolute path"},
		{"#!\n", nil, "not an absolute path"},
		{"#!/bin/sh\r\n", nil, "CR LF"},
		{"#!/bin/" + strings.Repeat("x", 300) + "\n", nil, "longer than"},
		{"#!/bin/sh\x00\n", nil, "NUL"},
		{"plain text\n", nil, ""},
		{"", nil, ""},
	} {
		got, err := shebang.Parse([]byte(test.head))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("Parse(%.40q):\n%s", test.head, diff)
		}
		if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("Parse(%.40q): %v, want %q", test.head, err, test.err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"#!/bin/sh -e\n", "#!/usr/bin/env -S a b\n", "#!", "#!/\x00", "#! \t"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		line, err := shebang.Parse(head)
		if err != nil || line == nil {
			return
		}
		if line.Program == "" || strings.ContainsAny(line.Program, " \t\n\x00") {
			t.Errorf("program %q", line.Program)
		}
		if strings.Contains(line.Program, "/") && path.IsAbs(line.Program) && path.Clean(line.Program) != line.Program {
			t.Errorf("program %q is not clean", line.Program)
		}
		for _, arg := range line.Args {
			if arg == "" || strings.ContainsAny(arg, "\n\x00") {
				t.Errorf("argument %q", arg)
			}
		}
	})
}
