package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// serviceManager tells systemd how the program is doing, as sd_notify(3) describes; without $NOTIFY_SOCKET nobody hears it.
type serviceManager struct {
	logger *slog.Logger
	notify func(state string) error

	mu      sync.Mutex
	serving bool // It was said to be ready, and not to stop.
	stopped bool
	reloads int // Reloads under way.
}

func newServiceManager(logger *slog.Logger) *serviceManager {
	return &serviceManager{logger: logger, notify: func(state string) error {
		_, err := daemon.SdNotify(false, state)
		return err
	}}
}

func (m *serviceManager) tell(state string) {
	if err := m.notify(state); err != nil {
		m.logger.Warn("Cannot notify the service manager", "err", err)
	}
}

// ready says that the program serves.
func (m *serviceManager) ready() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopped {
		return
	}
	m.serving = true
	m.tell(daemon.SdNotifyReady)
}

// reloading says that a reload begins; what it returns says that it is over. Reloads at the same time count
// as one, and nothing is said before the program serves.
func (m *serviceManager) reloading() (done func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.reloads++; m.reloads == 1 && m.serving {
		m.tell(daemon.SdNotifyReloading + "\n" + daemon.SdNotifyMonotonicUsec())
	}
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.reloads--; m.reloads == 0 && m.serving {
			m.tell(daemon.SdNotifyReady)
		}
	}
}

// stopping says that the program ends. Only the watchdog hears from it after that.
func (m *serviceManager) stopping() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.serving, m.stopped = false, true
	m.tell(daemon.SdNotifyStopping)
}

// watch reports to the watchdog until ctx ends, twice as often as it asks for, while healthy returns nil. It returns at once if there is
// no watchdog.
func (m *serviceManager) watch(ctx context.Context, healthy func() error) {
	patience, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		m.logger.Warn("The watchdog is ignored", "err", err)
	}
	if patience <= 0 {
		return
	}
	ticker := time.NewTicker(max(patience/2, time.Millisecond))
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if healthy() == nil {
				m.tell(daemon.SdNotifyWatchdog)
			}
		case <-ctx.Done():
			return
		}
	}
}
