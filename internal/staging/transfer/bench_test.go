package transfer_test

import (
	"io"
	"testing"

	"fallow"
)

const benchSize = 32 << 20

func BenchmarkUpload(b *testing.B) {
	for name, content := range map[string][]byte{"noise": noise(benchSize), "prose": prose(benchSize)} {
		b.Run(name, func(b *testing.B) {
			g := newGrid(b, calm)
			b.SetBytes(benchSize)
			for b.Loop() {
				upload(b, g, content)
				if err := g.store.Delete(b.Context(), fallow.DigestOf(content)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkFetch(b *testing.B) {
	for name, content := range map[string][]byte{"noise": noise(benchSize), "prose": prose(benchSize)} {
		b.Run(name, func(b *testing.B) {
			g := newGrid(b, calm)
			p := fallow.Piece{File: put(b, g.store, content), Length: benchSize}
			b.SetBytes(benchSize)
			for b.Loop() {
				if err := g.client.Fetch(b.Context(), p, io.Discard); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
