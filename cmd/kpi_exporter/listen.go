package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/mdlayher/vsock"
	toolkit "github.com/prometheus/exporter-toolkit/web"

	"github.com/kpi-exporter/kpi_exporter/internal/web"
	"github.com/kpi-exporter/kpi_exporter/internal/webconfig"
)

// listen serves on every address until ctx ends or one of them cannot be served, to whom guard lets in; nil: to everybody. Once all of them
// listen, listen calls ready.
func listen(ctx context.Context, handler http.Handler, guard *webconfig.Guard, connections *web.Connections, flags *toolkit.FlagConfig, ready func(), logger *slog.Logger) error {
	listeners, err := openListeners(ctx, flags, logger)
	defer func() {
		for _, l := range listeners {
			_ = l.Close() // The server has closed those that it served.
		}
	}()
	if err != nil {
		return err
	}
	server := newServer(handler, connections, logger)
	isSecure := false
	if guard != nil {
		server.Handler = guard.Handler(handler)
		isSecure = guard.Secure(server)
		if interval, burst := guard.Limit(); interval != 0 {
			logger.Info("Rate Limiter is enabled.", "burst", burst, "interval", interval)
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	if guard != nil {
		wg.Go(func() { guard.Run(ctx, logger) })
	}
	for _, l := range listeners {
		logger.Info("Listening on", "address", l.Addr().String())
		said, serveOn := "TLS is disabled.", server.Serve
		if isSecure {
			said, serveOn = "TLS is enabled.", func(l net.Listener) error { return server.ServeTLS(l, "", "") }
		}
		logger.Info(said, "http2", false, "address", l.Addr().String())
		wg.Go(func() {
			if err := serveOn(l); !errors.Is(err, http.ErrServerClosed) {
				cancel(err)
			}
		})
	}
	ready()
	<-ctx.Done()
	grace, done := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer done()
	if err := server.Shutdown(grace); err != nil {
		_ = server.Close()
	}
	wg.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}

// newServer returns a server that gives no client much time, or memory. It speaks no HTTP/2, in which one connection has hundreds of requests
// whose answers nobody reads: the limits are on connections.
func newServer(handler http.Handler, connections *web.Connections, logger *slog.Logger) *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Server{
		Protocols:         &protocols,
		Handler:           handler,
		ConnState:         connections.Changed,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
}

// openListeners listens on every address that the flags name, or takes the sockets of systemd. With an error it returns those that it has.
func openListeners(ctx context.Context, flags *toolkit.FlagConfig, logger *slog.Logger) (listeners []net.Listener, err error) {
	if *flags.WebSystemdSocket {
		logger.Info("Listening on systemd activated listeners instead of port listeners.")
		sockets, err := activation.Listeners()
		sockets = slices.DeleteFunc(sockets, func(l net.Listener) bool { return l == nil }) // A descriptor that is not a socket has none.
		if err == nil && len(sockets) == 0 {
			err = errors.New("--web.systemd-socket: systemd has passed no socket: is there a .socket unit?")
		}
		return sockets, err
	}
	for _, address := range *flags.WebListenAddresses {
		l, err := listenOn(ctx, address)
		if err != nil {
			return listeners, err
		}
		listeners = append(listeners, l)
	}
	return listeners, nil
}

func listenOn(ctx context.Context, address string) (net.Listener, error) {
	if !strings.HasPrefix(address, "vsock://") {
		return new(net.ListenConfig).Listen(ctx, "tcp", address)
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("--web.listen-address: %w", err)
	}
	port, err := strconv.ParseUint(u.Port(), 10, 32)
	if err != nil {
		return nil, fmt.Errorf("--web.listen-address: %s: write vsock:// and a port, as in vsock://%s", address, defaultAddress)
	}
	return vsock.Listen(uint32(port), nil)
}
