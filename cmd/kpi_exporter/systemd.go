package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// maxUnsaid is how many messages wait for a service manager that reads none; what is older than that means nothing any longer.
const maxUnsaid = 16

// stoppingTimeout is how long the end of the program waits for the service manager to take the message about it.
const stoppingTimeout = time.Second

// serviceManager tells systemd how the program is doing, as sd_notify(3) describes; without $NOTIFY_SOCKET nobody hears it. A service
// manager that does not read holds up nothing.
type serviceManager struct {
	logger *slog.Logger
	notify func(state string) error
	unsaid chan string   // Messages that wait, in order.
	ended  chan struct{} // Closed once it was said that the program ends.

	mu      sync.Mutex
	serving bool // It was said to be ready, and not to stop.
	stopped bool
	reloads int // Reloads under way.
}

// notifySystemd sends a message, and waits while the service manager reads none.
func notifySystemd(state string) error {
	_, err := daemon.SdNotify(false, state)
	return err
}

// newServiceManager returns a service manager to which notify sends messages, which may take as long as it likes.
func newServiceManager(logger *slog.Logger, notify func(state string) error) *serviceManager {
	return &serviceManager{logger: logger, notify: notify, unsaid: make(chan string, maxUnsaid), ended: make(chan struct{})}
}

// run sends messages until ctx ends, and last the one about that.
func (m *serviceManager) run(ctx context.Context) {
	go m.send()
	<-ctx.Done()
	m.stopping()
}

// send sends the messages up to the one that the program ends.
func (m *serviceManager) send() {
	for state := range m.unsaid {
		if err := m.notify(state); err != nil {
			m.logger.Warn("Cannot notify the service manager", "err", err)
		}
		if state == daemon.SdNotifyStopping {
			close(m.ended)
			return
		}
	}
}

// tell has a message sent after those that wait. Where too many do, the oldest is dropped: the last ones say how the program is.
// The caller holds the lock.
func (m *serviceManager) tell(state string) {
	for {
		select {
		case m.unsaid <- state:
			return
		default:
		}
		select {
		case <-m.unsaid:
		default:
		}
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

// stopping says that the program ends, which is the last that the service manager hears. It waits until that was said, for a while.
func (m *serviceManager) stopping() {
	m.mu.Lock()
	m.serving, m.stopped = false, true
	m.tell(daemon.SdNotifyStopping)
	m.mu.Unlock()
	timer := time.NewTimer(stoppingTimeout)
	defer timer.Stop()
	select {
	case <-m.ended:
	case <-timer.C:
	}
}

// alive says to the watchdog that the program is healthy, unless older messages still wait: it will not hear this one in time either.
func (m *serviceManager) alive() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.unsaid) == 0 && !m.stopped {
		m.tell(daemon.SdNotifyWatchdog)
	}
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
				m.alive()
			}
		case <-ctx.Done():
			return
		}
	}
}
