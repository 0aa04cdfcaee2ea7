package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"fallow"
	"fallow/internal/evm/evmtest"
	"fallow/internal/server"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"fallow-agent": func() { os.Exit(agentMain()) },
	})
}

// TestScripts runs the program itself against a real server, whose address and a
// join token for one machine are in URL and TOKEN.
func TestScripts(t *testing.T) {
	init := t.TempDir() + "/fallow-init"
	if err := evmtest.Build(init); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("INIT", init)
			env.Setenv("NO_PROXY", "127.0.0.1")
			return serve(env)
		},
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "said": said},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// serve runs a server for one script.
func serve(env *testscript.Env) error {
	s, err := server.Open(context.Background(), server.Config{
		Dir: env.WorkDir + "/.server", Listen: "127.0.0.1:0", MinFree: 1, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { err = s.Run(ctx) })
	env.Defer(func() {
		cancel()
		if wg.Wait(); err != nil {
			env.T().Fatal(err)
		}
	})
	token, err := s.NewJoinToken(ctx, "test", time.Hour, 1)
	env.Setenv("URL", "https://"+s.Addr().String())
	env.Setenv("TOKEN", token.Reveal())
	return err
}

// exits runs a program and checks its exit code: exits CODE PROGRAM ARGS...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS...")
	}
	code := 0
	if exit, ok := errors.AsType[*exec.ExitError](ts.Exec(args[1], args[2:]...)); ok {
		code = exit.ExitCode()
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// said waits until a file holds some words: said FILE WORDS
func said(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: said FILE WORDS")
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if content, err := os.ReadFile(ts.MkAbs(args[0])); err == nil && strings.Contains(string(content), args[1]) {
			return
		}
	}
	ts.Fatalf("%s does not say %q", args[0], args[1])
}

func TestExitCodes(t *testing.T) {
	for code, want := range map[fallow.Code]int{
		fallow.CodeInvalid: exitUsage, fallow.CodeDenied: exitDenied, fallow.CodeUnknownUser: exitDenied,
		fallow.CodeUnavailable: exitFailed, fallow.CodeInternal: exitFailed,
	} {
		if got := exitCode(fallow.Errorf(code, "test")); got != want {
			t.Errorf("exit code of %s is %d, want %d", code, got, want)
		}
	}
}
