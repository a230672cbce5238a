package main

import (
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/format"
)

// progress draws a bar, on a terminal only.
type progress struct {
	w     *os.File // Nil where there is no terminal.
	plain io.Writer

	mu     sync.Mutex // Guards what follows, and both writers.
	began  time.Time
	drawn  time.Time
	before int // Steps that were done when it began.
}

func newProgress(env environment) *progress { return &progress{w: env.bar, plain: env.stderr} }

// show draws how far it is, a few times a second.
func (p *progress) show(done, failed, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.began.IsZero() {
		p.began, p.before = now, done
	}
	if p.w == nil || now.Sub(p.drawn) < 200*time.Millisecond && done+failed < total {
		return
	}
	p.drawn = now
	_, _ = fmt.Fprint(p.w, "\r\x1b[K"+progressText(done, failed, total, done-p.before, now.Sub(p.began)))
}

// progressText is the bar; fresh is how many steps were done in the time that it took so far.
func progressText(done, failed, total, newlyDone int, took time.Duration) string {
	const width = 30
	filled := width * (done + failed) / max(total, 1)
	text := fmt.Sprintf("[%s%s] %d of %d steps", strings.Repeat("=", filled), strings.Repeat(" ", width-filled), done, total)
	if failed > 0 {
		text += fmt.Sprintf(", %d failed", failed)
	}
	if rest := total - done - failed; newlyDone > 0 && rest > 0 {
		remaining := took.Seconds() / float64(newlyDone) * float64(rest)
		text += fmt.Sprintf(", %s left", format.Duration(math.Round(remaining)))
	}
	return text
}

// line writes a line above the bar.
func (p *progress) line(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
	_, _ = fmt.Fprintln(p.plain, text)
}

// clear removes the bar.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
}

func (p *progress) erase() {
	if p.w != nil && !p.drawn.IsZero() {
		_, _ = fmt.Fprint(p.w, "\r\x1b[K")
		p.drawn = time.Time{}
	}
}
