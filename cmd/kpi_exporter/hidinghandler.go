package main

import (
	"context"
	"log/slog"

	"github.com/kpi-exporter/kpi_exporter/internal/foreignfile"
)

// hidingHandler writes log lines without the values of a foreign file as it is then: the library reads it at every request.
type hidingHandler struct {
	slog.Handler
	path string
}

// Handle implements slog.Handler.
func (h hidingHandler) Handle(ctx context.Context, r slog.Record) error {
	f, err := foreignfile.Read(h.path)
	if err != nil {
		return h.Handler.Handle(ctx, r) // The library could not read it either.
	}
	clean := slog.NewRecord(r.Time, r.Level, f.Hide(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if text := a.Value.String(); f.Hide(text) != text {
			a.Value = slog.StringValue(f.Hide(text))
		}
		clean.AddAttrs(a)
		return true
	})
	return h.Handler.Handle(ctx, clean)
}

// WithAttrs implements slog.Handler.
func (h hidingHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return hidingHandler{h.Handler.WithAttrs(attrs), h.path}
}

// WithGroup implements slog.Handler.
func (h hidingHandler) WithGroup(name string) slog.Handler {
	return hidingHandler{h.Handler.WithGroup(name), h.path}
}
