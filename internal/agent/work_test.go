package agent

import (
	"testing"

	"fallow"
	"fallow/internal/rpc/fallowv1"
)

// order is one that can be read.
func order() *fallowv1.Order {
	return &fallowv1.Order{
		Attempt:         &fallowv1.AttemptID{Job: 1, Index: 2, Number: 3},
		Bundle:          make([]byte, 32),
		BundleSignature: make([]byte, 64),
		Argv:            []string{"/bin/true"},
		Limits:          &fallowv1.Limits{Cores: 1},
		Files:           []*fallowv1.InputFile{{Path: "a/b", Digest: make([]byte, 32)}},
	}
}

// A server is not trusted to write outside of an attempt's folder. Whatever is
// wrong, the attempt can be named in the report.
func TestBadOrdersAreRefused(t *testing.T) {
	if _, err := newWork(order()); err != nil {
		t.Fatalf("good order: %v", err)
	}
	for name, spoil := range map[string]func(*fallowv1.Order){
		"bundle":       func(o *fallowv1.Order) { o.Bundle = o.Bundle[1:] },
		"signature":    func(o *fallowv1.Order) { o.BundleSignature = nil },
		"command":      func(o *fallowv1.Order) { o.Argv = nil },
		"limits":       func(o *fallowv1.Order) { o.Limits = nil },
		"path up":      func(o *fallowv1.Order) { o.Files[0].Path = "../b" },
		"path inside":  func(o *fallowv1.Order) { o.Files[0].Path = "a/../../b" },
		"absolute":     func(o *fallowv1.Order) { o.Files[0].Path = "/etc/passwd" },
		"folder":       func(o *fallowv1.Order) { o.Files[0].Path = "." },
		"digest":       func(o *fallowv1.Order) { o.Files[0].Digest = nil },
		"piece digest": func(o *fallowv1.Order) { o.Files[0].Pieces = []*fallowv1.Piece{{Length: 1}} },
	} {
		t.Run(name, func(t *testing.T) {
			o := order()
			spoil(o)
			w, err := newWork(o)
			if fallow.CodeOf(err) != fallow.CodeInvalid {
				t.Errorf("error %v, want invalid", err)
			}
			if w.id.String() != "1.2.3" {
				t.Errorf("attempt %s, want 1.2.3", w.id)
			}
		})
	}
}
