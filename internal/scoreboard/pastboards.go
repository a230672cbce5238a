package scoreboard

import (
	"context"
	"sync"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// How many boards of the past are kept, and how many bytes their explanations may take together.
const (
	maxPastBoards     = 16
	maxPastBoardBytes = 4 << 20
)

// pastBoards keeps boards of the past until more is found or another file is read. A board that several ask for is made once.
type pastBoards struct {
	mu     sync.Mutex
	config *config.Config
	found  *findings
	kept   map[int64]*Board // By their instants in Unix nanoseconds.
	making map[making]*made

	assembling sync.Mutex // Held while a board is put together from what was read: one at a time, so that others keep a processor.
}

// making is which board is made.
type making struct {
	config *config.Config
	asOf   int64 // In Unix nanoseconds.
}

// made is a board that is being made, and then its outcome.
type made struct {
	waiting int // How many wait for it. Guarded by pastBoards.mu.
	cancel  context.CancelFunc
	done    chan struct{} // Closed when the rest is there.
	board   *Board
	err     error
}

// get returns a board that is kept, else what build returns. The context of build ends when nobody waits for the board.
func (p *pastBoards) get(ctx context.Context, cfg *config.Config, found *findings, asOf time.Time, build func(context.Context) (*Board, error)) (*Board, error) {
	p.mu.Lock()
	if p.config != cfg || p.found != found {
		p.config, p.found, p.kept = cfg, found, map[int64]*Board{}
	}
	at := making{cfg, asOf.UnixNano()}
	if b := p.kept[at.asOf]; b != nil {
		p.mu.Unlock()
		return b, nil
	}
	m := p.making[at]
	if m == nil {
		m = p.begin(ctx, at, found, build)
	}
	m.waiting++
	p.mu.Unlock()
	defer p.leave(at, m)
	select {
	case <-m.done:
		return m.board, m.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// begin begins to make a board. The lock is held.
func (p *pastBoards) begin(ctx context.Context, at making, found *findings, build func(context.Context) (*Board, error)) *made {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	m := &made{cancel: cancel, done: make(chan struct{})}
	if p.making == nil {
		p.making = map[making]*made{}
	}
	p.making[at] = m
	go func() {
		defer cancel()
		m.board, m.err = build(ctx)
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.making[at] == m {
			delete(p.making, at)
		}
		if m.err == nil && m.board.Version != "" && p.config == at.config && p.found == found {
			p.keep(at.asOf, m.board)
		}
		close(m.done)
	}()
	return m
}

// keep keeps a board unless it is too large, and drops others if they are too many. The lock is held.
func (p *pastBoards) keep(asOf int64, b *Board) {
	bytes := b.explained()
	if bytes > maxPastBoardBytes {
		return
	}
	for _, other := range p.kept {
		bytes += other.explained()
	}
	for at, other := range p.kept {
		if len(p.kept) < maxPastBoards && bytes <= maxPastBoardBytes {
			break
		}
		bytes -= other.explained()
		delete(p.kept, at)
	}
	p.kept[asOf] = b
}

// explained returns how many bytes the explanations of a board take.
func (b *Board) explained() (n int) {
	for i := range b.KPIs {
		n += b.KPIs[i].Why.Bytes() + b.KPIs[i].LastYear.Bytes()
	}
	return n
}

// leave ends the waiting of one for a board. With the last one the board is given up.
func (p *pastBoards) leave(at making, m *made) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if m.waiting--; m.waiting > 0 {
		return
	}
	m.cancel()
	if p.making[at] == m {
		delete(p.making, at)
	}
}
