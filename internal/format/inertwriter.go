package format

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// InertWriter writes text as Inert does, in whatever pieces it comes. What ends a line as on Windows and in mails stays.
type InertWriter struct {
	to io.Writer

	mu   sync.Mutex
	rest []byte // The begin of a character, or a carriage return of which it is not known whether it ends a line.
}

// NewInertWriter returns an InertWriter to another writer.
func NewInertWriter(to io.Writer) *InertWriter { return &InertWriter{to: to} }

// Write writes all but the begin of a character at the end of a piece, for which the next piece decides.
func (w *InertWriter) Write(piece []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := piece
	if len(w.rest) > 0 {
		text = slices.Concat(w.rest, piece)
	}
	end := len(text) - undecided(text)
	w.rest = bytes.Clone(text[end:])
	if end == 0 {
		return len(piece), nil
	}
	if _, err := io.WriteString(w.to, inertLines(string(text[:end]))); err != nil {
		return 0, err
	}
	return len(piece), nil
}

// Flush writes what waits for a next piece. While a Write is under way, which may hang, it does nothing.
func (w *InertWriter) Flush() error {
	if !w.mu.TryLock() {
		return nil
	}
	defer w.mu.Unlock()
	if len(w.rest) == 0 {
		return nil
	}
	text := inertLines(string(w.rest))
	w.rest = nil
	_, err := io.WriteString(w.to, text)
	return err
}

// undecided returns how many bytes at the end of a text may be the begin of something longer.
func undecided(text []byte) int {
	if bytes.HasSuffix(text, []byte("\r")) {
		return 1
	}
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if last := text[len(text)-n:]; utf8.RuneStart(last[0]) {
			if utf8.FullRune(last) {
				return 0
			}
			return n
		}
	}
	return 0
}

func inertLines(text string) string {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, string(utf8.RuneError))
	}
	if !strings.ContainsFunc(text, isObeyed) {
		return text
	}
	lines := strings.Split(text, "\r\n")
	for i := range lines {
		lines[i] = Inert(lines[i])
	}
	return strings.Join(lines, "\r\n")
}
