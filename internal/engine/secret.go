package engine

import (
	"fmt"
	"io"
	"log/slog"
)

const hidden = "<secret>"

// Secret holds text that must not be seen. However it is printed, logged or encoded, also as a field of something else,
// it shows as <secret>; only Reveal gives the text away. The zero value holds "".
type Secret struct {
	p *string // A pointer, because %+v prints the fields of unexported fields without asking their methods.
}

// NewSecret returns a Secret that holds text.
func NewSecret(text string) Secret { return Secret{p: &text} }

// Reveal returns the text. What is done with it must not end in a log, an error or a page.
func (s Secret) Reveal() string {
	if s.p == nil {
		return ""
	}
	return *s.p
}

// String returns <secret>.
func (s Secret) String() string { return hidden }

// GoString returns <secret>.
func (s Secret) GoString() string { return hidden }

// Format writes <secret>, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, hidden) }

// LogValue returns <secret>.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText returns <secret>.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalJSON returns "<secret>".
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// MarshalYAML returns <secret>.
func (s Secret) MarshalYAML() (any, error) { return hidden, nil }
