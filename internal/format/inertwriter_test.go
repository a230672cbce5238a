package format

import (
	"strings"
	"testing"
)

// However a text is cut, it comes out the same.
func TestInertWriter(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "",
		"Preise für 10 €\n\tmore\n":       "Preise für 10 €\n\tmore\n",
		"To: a\r\nSubject: b\r\n\r\nc":    "To: a\r\nSubject: b\r\n\r\nc",
		"100%\rdone":                      `100%\rdone`,
		"end\r":                           `end\r`,
		"\x1b[31mred\u009b1m\x07\u202e€":  `\x1b[31mred\u009b1m\a\u202e€`,
		`{"a": "` + "\x7f\u2066" + `"}`:   `{"a": "\u007f\u2066"}`,
		"👩\u200d🔧 \u05d0\u200f":           "👩\u200d🔧 \u05d0\u200f",
		"raw \x9b and \xe2\x80":           "raw \ufffd and \ufffd",
		"\r\r\n\r":                        "\\r\r\n\\r",
		strings.Repeat("long \u202e", 99): strings.Repeat(`long \u202e`, 99),
	} {
		for size := 1; size <= max(1, len(text)); size++ {
			var out strings.Builder
			w := NewInertWriter(&out)
			for rest := text; rest != ""; {
				n := min(size, len(rest))
				if written, err := w.Write([]byte(rest[:n])); written != n || err != nil {
					t.Fatalf("%d, %v", written, err)
				}
				rest = rest[n:]
			}
			if err := w.Flush(); err != nil || out.String() != want {
				t.Fatalf("%q in pieces of %d: got %q, want %q; %v", text, size, out.String(), want, err)
			}
		}
	}
}
