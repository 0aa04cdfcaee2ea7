package main

import (
	"strings"

	"fallow"
	"fallow/internal/bundle"
)

// wrapFlags say how a program is wrapped; 'wrap' and 'run' share them.
type wrapFlags struct {
	With    []string `sep:"none" placeholder:"HOSTPATH[:PATH]" help:"A further file or folder that the program reads, at PATH in the sandbox; may be repeated. For what can't be found by looking at the program, such as plug-ins and data."`
	Profile string   `enum:",strict,jit" default:"" placeholder:"strict|jit" help:"How strict the sandbox is about code; found out without it."`
	Carry   bool     `help:"Put interpreters' modules into the bundle, so that nodes need not have them."`
	Bare    bool     `help:"Leave out what is only assumed to be needed: the plug-ins and data of the programs' packages, and programs that scripts call."`
}

// request makes the start of a request to wrap.
func (f wrapFlags) request() bundle.Request {
	req := bundle.Request{Profile: fallow.Profile(f.Profile), Carry: f.Carry, Bare: f.Bare}
	for _, with := range f.With {
		host, place, _ := strings.Cut(with, ":")
		req.Extra = append(req.Extra, bundle.Extra{Host: host, Path: place})
	}
	return req
}
