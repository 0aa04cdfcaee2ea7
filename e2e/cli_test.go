package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// call is one run of a program under test to its end.
type call struct {
	what     string
	out, err bytes.Buffer
	code     int
	failure  error
}

// command runs a program under test.
func (g *grid) command(account *syscall.Credential, name string, args ...string) *call {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, tool(name), args...)
	cmd.Env = g.environment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: account}
	c := &call{what: name + " " + strings.Join(args, " ")}
	cmd.Stdout, cmd.Stderr = &c.out, &c.err
	c.failure = cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(c.failure, &exit) {
		c.code = exit.ExitCode()
	}
	return c
}

func (g *grid) environment() []string {
	return append(os.Environ(), "FALLOW_CONFIG="+g.config())
}

// succeed is an error with all that was printed, unless the call succeeded.
func (c *call) succeed() error {
	if c.failure == nil {
		return nil
	}
	return fmt.Errorf("%s: %w\n%s%s", c.what, c.failure, &c.out, &c.err)
}

// run runs the CLI, which must succeed, and gives its standard output.
func (g *grid) run(args ...string) string {
	g.t.Helper()
	c := g.command(nil, "fallow", args...)
	g.must(c.succeed())
	return c.out.String()
}

// refused runs the CLI, which must end with an exit code, and gives all it prints.
func (g *grid) refused(code int, args ...string) string {
	g.t.Helper()
	c := g.command(nil, "fallow", args...)
	if c.code != code {
		g.t.Errorf("%s: exit code %d, want %d\n%s%s", c.what, c.code, code, &c.out, &c.err)
	}
	return c.out.String() + c.err.String()
}

// runJSON runs the CLI and reads the object it prints.
func (g *grid) runJSON(object any, args ...string) {
	g.t.Helper()
	out := g.run(append([]string{"--json"}, args...)...)
	if err := json.Unmarshal([]byte(out), object); err != nil {
		g.t.Fatalf("fallow %v printed no JSON object: %v\n%s", args, err, out)
	}
}

// wantIn wants each of some texts in what was printed.
func (g *grid) wantIn(printed string, texts ...string) {
	g.t.Helper()
	for _, text := range texts {
		if !strings.Contains(printed, text) {
			g.t.Errorf("%q is missing in:\n%s", text, printed)
		}
	}
}
