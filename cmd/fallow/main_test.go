package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/testscript"

	"fallow"
	"fallow/internal/evm/evmtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"fallow": func() {
			e := newEnv()
			e.init = os.Getenv(evmtest.InitVariable)
			os.Exit(fallowMain(e))
		},
	})
}

// TestScripts runs the program itself. The condition sandbox tells whether this
// machine can run sandboxes at all.
func TestScripts(t *testing.T) {
	init := filepath.Join(t.TempDir(), "fallow-init")
	if err := evmtest.Build(init); err != nil {
		t.Fatal(err)
	}
	able := sync.OnceValue(func() bool {
		e := newEnv()
		e.init = init
		_, err := tryProgram(t.Context(), e)
		return fallow.CodeOf(err) != fallow.CodeUnsupported
	})
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv(evmtest.InitVariable, init)
			env.Setenv("FALLOW_CONFIG", filepath.Join(env.WorkDir, "config"))
			return nil
		},
		Condition:           func(string) (bool, error) { return able(), nil },
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// exits runs a program and checks its exit code: exits CODE PROGRAM ARGS...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS...")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		_, got, _ = strings.Cut(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit code %q (%v), want %s", got, err, args[0])
	}
}

// TestEveryCommandHasHelp sees that nobody has to guess how a command is used.
func TestEveryCommandHasHelp(t *testing.T) {
	var root cli
	parser, err := newParser(&root, &env{out: &bytes.Buffer{}, err: &bytes.Buffer{}, getenv: os.Getenv})
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	err = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		if command, ok := node.(*kong.Node); ok && command.Type == kong.CommandNode {
			count++
			if command.Help == "" || !strings.Contains(command.Detail, "Example:\n\n    fallow "+strings.Fields(command.Path())[0]) {
				t.Errorf("the help of %q has no text or no example", command.Path())
			}
			for _, flag := range command.Flags {
				if flag.Help == "" {
					t.Errorf("flag --%s of %q has no help", flag.Name, command.Path())
				}
			}
		}
		return next(nil)
	})
	if err != nil || count == 0 {
		t.Errorf("%d commands, error %v", count, err)
	}
}

// TestEveryCodeHasAnExitCode sees that none is forgotten, which would end the program
// with 0.
func TestEveryCodeHasAnExitCode(t *testing.T) {
	for _, code := range []fallow.Code{
		fallow.CodeInvalid, fallow.CodeNotFound, fallow.CodeConflict, fallow.CodeDenied, fallow.CodeUnknownUser,
		fallow.CodeLimit, fallow.CodeTampered, fallow.CodeUnsupported, fallow.CodeUnavailable, fallow.CodeInternal,
	} {
		if exitCode(fallow.Errorf(code, "x")) == exitOK {
			t.Errorf("code %s has no exit code", code)
		}
	}
}

// TestReferenceNamesEveryCommand sees that docs/cli.md leaves none out.
func TestReferenceNamesEveryCommand(t *testing.T) {
	reference, err := os.ReadFile("../../docs/cli.md")
	if err != nil {
		t.Fatal(err)
	}
	var root cli
	parser, err := newParser(&root, &env{out: &bytes.Buffer{}, err: &bytes.Buffer{}, getenv: os.Getenv})
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range parser.Model.Children {
		if !strings.Contains(string(reference), "`"+command.Name) {
			t.Errorf("docs/cli.md does not name %q", command.Name)
		}
	}
}
