package format

import "testing"

func TestVisible(t *testing.T) {
	for text, want := range map[string]string{
		"Preise für 10 €":  "Preise für 10 €",
		"\x1b[31mred":      `\x1b[31mred`,
		"a\nb":             `a\nb`,
		"\u202eevil\u00ad": `\u202eevil\u00ad`,
		"":                 "",
	} {
		if got := Visible(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
	if got, want := OneLine(" two\n  lines\x07 "), `two lines\a`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestInert(t *testing.T) {
	for text, want := range map[string]string{
		"<p>\n\tPreise für 10 €": "<p>\n\tPreise für 10 €",
		"\x1b[31mred\u009b1m\r":  `\x1b[31mred\u009b1m\r`,
		"\u202eevil\u2066\u2069": `\u202eevil\u2066\u2069`,
		"👩\u200d🔧 \u05d0\u200f!": "👩\u200d🔧 \u05d0\u200f!",
	} {
		if got := Inert(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestWebLink(t *testing.T) {
	for address, want := range map[string]string{
		"https://wiki.example.com/a?b=1&c=2":              "<https://wiki.example.com/a?b=1&c=2>",
		"https://wiki.example.com/<img src=x onerror=y>|": "<https://wiki.example.com/%3Cimg%20src=x%20onerror=y%3E%7C>",
	} {
		if got := WebLink(address); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
