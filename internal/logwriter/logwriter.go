// Package logwriter writes a log without ever waiting for its reader: lines queue for a while, and those that find no place are dropped
// and counted. It knows no logger and no format.
package logwriter

import (
	"io"
	"slices"
	"sync"
	"time"
)

// What waits for a reader who is slow, at most.
const (
	maxLines = 1000
	maxBytes = 1 << 20
)

// Writer takes lines at once and writes them in the background, in their order. Once it has dropped a line it drops all until the queue is
// empty; then one line says how many they were. A line that cannot be written, since its reader has gone or a disk is full, is dropped too.
type Writer struct {
	to     io.Writer
	report func(dropped uint64) []byte
	done   chan struct{} // Closed once everything is written, after Close.

	mu      sync.Mutex
	changed *sync.Cond // Wakes the one that writes.
	queue   [][]byte
	size    int    // Bytes in the queue.
	unsaid  uint64 // Dropped lines that no line has reported.
	retry   bool   // Whether a report is worth a try: somebody has written since the last one.
	total   uint64 // Dropped lines.
	closed  bool
}

// New returns a Writer to another one, whose Write may block. The line that report returns says how many lines were dropped.
func New(to io.Writer, report func(dropped uint64) []byte) *Writer {
	w := &Writer{to: to, report: report, done: make(chan struct{})}
	w.changed = sync.NewCond(&w.mu)
	go w.run()
	return w
}

// Write queues a line, or drops it. It returns at once, and no error.
func (w *Writer) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || w.unsaid > 0 || len(w.queue) == maxLines || w.size+len(line) > maxBytes {
		w.drop(1)
	} else {
		w.queue = append(w.queue, slices.Clone(line))
		w.size += len(line)
	}
	w.retry = true
	w.changed.Signal()
	return len(line), nil
}

// drop counts lines that were dropped. It is called with mu locked.
func (w *Writer) drop(lines uint64) {
	w.unsaid += lines
	w.total += lines
}

// Dropped returns how many lines were dropped.
func (w *Writer) Dropped() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.total
}

// Close writes what is queued, as far as the reader takes it within a time. Later lines are dropped. It does not close the other writer, and
// leaves a write behind that blocks.
func (w *Writer) Close(patience time.Duration) {
	w.mu.Lock()
	w.closed, w.retry = true, true
	w.changed.Signal()
	w.mu.Unlock()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-w.done:
	case <-timer.C:
	}
}

// run writes lines until the Writer is closed and its queue is empty.
func (w *Writer) run() {
	defer close(w.done)
	for {
		line, reported, ok := w.next()
		if !ok {
			return
		}
		if _, err := w.to.Write(line); err == nil {
			continue
		}
		w.mu.Lock()
		if reported > 0 {
			w.unsaid += reported // They are in the total.
		} else {
			w.drop(1)
		}
		w.mu.Unlock()
	}
}

// next waits for the next line to write. If it is a report, reported is how many lines it says were dropped. It returns false at the end.
func (w *Writer) next() (line []byte, reported uint64, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		switch {
		case len(w.queue) > 0:
			line, w.queue[0] = w.queue[0], nil
			w.queue = w.queue[1:]
			w.size -= len(line)
			return line, 0, true
		case w.unsaid > 0 && w.retry:
			reported, w.unsaid, w.retry = w.unsaid, 0, false
			return w.report(reported), reported, true
		case w.closed:
			return nil, 0, false
		}
		w.changed.Wait()
	}
}
