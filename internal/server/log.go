package server

import (
	"log"
	"log/slog"
)

// errorLog takes what net/http says of broken connections. Desktops come and go, so
// it is not worth a warning.
func errorLog(l *slog.Logger) *log.Logger {
	return slog.NewLogLogger(l.Handler(), slog.LevelDebug)
}
