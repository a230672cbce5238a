// Package webconfig lets requests in as the file of --web.config.file says: with TLS, passwords, headers and a limit on requests. It reads
// the file in the background, never for a request, and keeps the last good version: no request waits for a disk.
package webconfig

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

const (
	interval   = time.Second      // How often the file is read; what is the same twice is not half written.
	patience   = 10 * time.Second // How long that may take.
	maxHanging = 10               // How many reads that hang may be left behind: each takes a thread.
)

// Guard lets requests in as a file says.
type Guard struct {
	path      string
	now       atomic.Pointer[version] // The last good one.
	failed    atomic.Bool             // The file has changed since, and could not be used.
	passwords *passwords

	patience time.Duration
	left     chan struct{} // See document.NewSeenWithin.
	latest   outcome       // Of reading.
	settled  bool          // It was acted upon.
}

// outcome is what came of reading the file; equal ones call for nothing.
type outcome struct {
	texts   texts
	mistake string // "" if it could be read.
}

// Open reads a file, however long that takes. Its errors show no value of the file.
func Open(path string) (*Guard, error) {
	d, err := read(document.Disk{}, path)
	if err != nil {
		return nil, err
	}
	v, err := d.version()
	if err != nil {
		return nil, err
	}
	g := &Guard{
		path: path, passwords: newPasswords(),
		patience: patience, left: make(chan struct{}, maxHanging), latest: outcome{texts: d.texts}, settled: true,
	}
	g.now.Store(v)
	return g, nil
}

// Run follows the file until ctx ends.
func (g *Guard) Run(ctx context.Context, logger *slog.Logger) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			g.look(ctx, logger)
		}()
		select {
		case <-done:
		case <-ctx.Done(): // It may hang; nothing waits for it.
			return
		}
	}
}

// look reads the file, and takes what it says once that is the same twice.
func (g *Guard) look(ctx context.Context, logger *slog.Logger) {
	seen := document.NewSeenWithin(g.patience, g.left)
	d, err := read(seen, g.path)
	if seen.Hung() != nil {
		err = fmt.Errorf("%s: reading it, or a file that it names, takes longer than %s", g.path, g.patience)
	}
	var now outcome
	if err != nil {
		now.mistake = err.Error()
	} else {
		now.texts = d.texts
	}
	if now != g.latest {
		g.latest, g.settled = now, false
		return
	}
	if g.settled || ctx.Err() != nil {
		return
	}
	g.settled = true
	if err == nil {
		err = g.use(d)
	}
	g.failed.Store(err != nil)
	if err != nil {
		logger.Error("Web configuration not reloaded; the previous one is still used", "file", g.path, "err", err)
		return
	}
	logger.Info("Web configuration reloaded", "file", g.path)
}

// use switches to what a file says now.
func (g *Guard) use(d *draft) error {
	v, err := d.version()
	switch {
	case err != nil:
		return err
	case strings.TrimSpace(d.text) == "": // Somebody could not write it: it does not say that nobody needs a password.
		return errors.New(g.path + ": it is empty: write {} if nobody needs a password")
	case (v.tls == nil) != (g.now.Load().tls == nil):
		return errors.New(g.path + ": tls_server_config appears or vanishes, which takes a restart")
	}
	g.now.Store(v)
	return nil
}

// IsCurrent reports whether the file is in use as it was last read.
func (g *Guard) IsCurrent() bool { return !g.failed.Load() }

// Limit returns the rate_limit of the file, an interval of 0 if it has none.
func (g *Guard) Limit() (interval time.Duration, burst int) {
	v := g.now.Load()
	return v.limit.Interval, v.limit.Burst
}

// Secure prepares a server for TLS, if the file asks for it: then the server must be served with TLS.
func (g *Guard) Secure(server *http.Server) bool {
	if g.now.Load().tls == nil {
		return false
	}
	server.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		return g.now.Load().tls, nil
	}}
	return true
}

// Handler serves what another handler does to whom the file lets in.
func (g *Guard) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := g.now.Load()
		if v.limiter != nil && !v.limiter.Allow() {
			http.Error(w, "Too many requests: see rate_limit in the file of --web.config.file.", http.StatusTooManyRequests)
			return
		}
		for name, value := range v.headers {
			w.Header().Set(name, value)
		}
		switch g.passwords.check(r, v) {
		case right:
			next.ServeHTTP(w, r)
		case wrong:
			w.Header().Set("WWW-Authenticate", "Basic")
			http.Error(w, http.StatusText(http.StatusUnauthorized), http.StatusUnauthorized)
		case unchecked:
			w.Header().Set("Connection", "close")
			w.Header().Set("Retry-After", "5")
			http.Error(w, "Too many passwords wait to be checked; try again in a few seconds.", http.StatusTooManyRequests)
		}
	})
}
