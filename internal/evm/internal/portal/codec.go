package portal

import (
	"encoding/binary"
	"errors"
)

var errTorn = errors.New("portal: the message ends too early or too late")

// writer appends values in their encoded form.
type writer struct{ b []byte }

func (w *writer) number(n int64) { w.b = binary.AppendVarint(w.b, n) }

func (w *writer) text(s string) {
	w.number(int64(len(s)))
	w.b = append(w.b, s...)
}

func (w *writer) texts(list []string) {
	w.number(int64(len(list)))
	for _, s := range list {
		w.text(s)
	}
}

func (w *writer) flag(v bool) {
	if v {
		w.number(1)
	} else {
		w.number(0)
	}
}

// reader takes values off; after the first defect it yields zero values, and end
// reports it.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) number() int64 {
	n, size := binary.Varint(r.b)
	if size <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *reader) text() string {
	n := r.number()
	if n < 0 || n > int64(len(r.b)) {
		r.bad, r.b = true, nil
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}

func (r *reader) texts() []string {
	n := r.number()
	if n < 0 || n > int64(len(r.b)) { // every text takes one byte at least
		r.bad, r.b = true, nil
		return nil
	}
	list := make([]string, 0, n)
	for range n {
		list = append(list, r.text())
	}
	return list
}

func (r *reader) flag() bool { return r.number() != 0 }

func (r *reader) end() error {
	if r.bad || len(r.b) > 0 {
		return errTorn
	}
	return nil
}
