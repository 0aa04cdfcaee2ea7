package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"fallow"
	"fallow/internal/client"
	"fallow/internal/jobs/jobfile"
	"fallow/internal/nodes/pin"
)

// env is what a command has to do with: its streams and its surroundings.
type env struct {
	in       io.Reader
	out, err io.Writer
	terminal bool // err is one that a person looks at
	json     bool // write objects instead of text
	getenv   func(string) string
	init     string // path of fallow-init, for sandboxes; "" for the one that this program carries
}

// newEnv gives the process's own.
func newEnv() *env {
	return &env{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv,
		terminal: term.IsTerminal(int(os.Stderr.Fd())),
	}
}

// connect makes the connection to the user's grid. The caller closes it.
func (e *env) connect(ctx context.Context) (*client.Client, error) {
	folder, err := client.FindFolder(e.getenv)
	if err != nil {
		return nil, err
	}
	login, err := client.FindLogin(folder, e.getenv)
	if err != nil {
		return nil, err
	}
	return client.New(ctx, login, pin.Options{})
}

// withClient runs what needs a connection.
func (e *env) withClient(ctx context.Context, do func(*client.Client) error) error {
	c, err := e.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	return do(c)
}

// show writes a command's answer: as an object on one line, or as the text that
// write makes.
func (e *env) show(object any, write func(w io.Writer)) error {
	return errors.Join(e.object(object), e.text(write))
}

// object writes a line of a command's answer with --json, else nothing.
func (e *env) object(object any) error {
	if !e.json {
		return nil
	}
	return answered(encode(e.out, object))
}

// text writes a command's answer for people; nothing with --json.
func (e *env) text(write func(w io.Writer)) error {
	if e.json {
		return nil
	}
	text := &strings.Builder{}
	write(text)
	_, err := io.WriteString(e.out, text.String())
	return answered(err)
}

// sayf writes a line for people about what goes on; nothing with --json.
func (e *env) sayf(format string, args ...any) {
	if !e.json {
		fmt.Fprintf(e.err, format+"\n", args...)
	}
}

// errorView is how an error looks with --json.
type errorView struct {
	Code    fallow.Code `json:"code"`
	Message string      `json:"message"`
	Hint    string      `json:"hint,omitempty"`
	// Problems are those of a job file, each with its place.
	Problems []jobfile.Problem `json:"problems,omitempty"`
}

// fail reports a command's error, if there is one, and gives the exit code.
func (e *env) fail(err error) int {
	if err == nil {
		return exitOK
	}
	code := exitCode(err)
	if errors.Is(err, context.Canceled) {
		err = fallow.Errorf(fallow.CodeUnavailable, "interrupted")
	}
	if err.Error() != "" { // else all was said
		e.complain(err)
	}
	return code
}

// complain writes an error for whoever reads it.
func (e *env) complain(err error) {
	if e.json {
		_ = encode(e.err, viewError(err)) // nobody is left to tell
		return
	}
	fmt.Fprintf(e.err, "fallow: %s\n", visible(err.Error()))
	_, isList := errors.AsType[*jobfile.Errors](err) // in which each problem has its hint
	if hint := fallow.HintOf(err); hint != "" && !isList {
		fmt.Fprintf(e.err, "  hint: %s\n", visible(hint))
	}
}

func viewError(err error) errorView {
	if file, ok := errors.AsType[*jobfile.Errors](err); ok {
		return errorView{Code: fallow.CodeInvalid, Message: file.Unwrap().Error(), Problems: file.Problems}
	}
	return errorView{Code: fallow.CodeOf(err), Message: err.Error(), Hint: fallow.HintOf(err)}
}

// encode writes an object on one line.
func encode(w io.Writer, object any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(object)
}
